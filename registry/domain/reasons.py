"""Why a record of an evidence package is set aside (quarantined) and not counted: one word each, everywhere."""

from enum import StrEnum


class Reason(StrEnum):
    """A quarantined record carries the first of these that applies, in this order. The values are stored: stable."""

    UNKNOWN_SCENARIO = "unknown_scenario"
    """The project's methodology has no such scenario."""
    OUTSIDE_PERIOD = "outside_period"
    """It happened, by local date, outside the monitoring period."""
    QUANTITY_TOO_SMALL = "quantity_too_small"
    """Less than the methodology's least quantity of an act; zero among them."""
    QUANTITY_TOO_LARGE = "quantity_too_large"
    """More than the methodology's greatest quantity of an act."""
    DURATION_TOO_SHORT = "duration_too_short"
    """Shorter than the methodology's least duration."""
    DURATION_TOO_LONG = "duration_too_long"
    """Longer than the methodology's greatest duration."""
    TOO_FAST = "too_fast"
    """More quantity per hour than the methodology finds possible."""
    REPEATED_ACT = "repeated_act"
    """The same act stands twice in this package; the first is kept."""
    CLAIMED_BEFORE = "claimed_before"
    """The same act is a leaf of some log of the network already."""
    EXCLUDED_ELSEWHERE = "excluded_elsewhere"
    """Another mechanism has credited the act, or its asset for that day: it stands on the exclusion list."""
    RELABELLED_COPY = "relabelled_copy"
    """It equals an act of another year in everything but the year."""
    OVERLAPPING_ACT = "overlapping_act"
    """One actor cannot do two of these acts at once."""
    BASELINE_HISTORY = "baseline_history"
    """It lies before the monitoring period and is there to be compared with: no act of this report, no suspicion."""
    NO_BASELINE = "no_baseline"
    """A day that it has to be compared with is missing, or it is the second act of its asset on one day."""

    @property
    def label(self) -> str:
        return _LABELS[self][0]

    @property
    def label_zh(self) -> str:
        return _LABELS[self][1]


_LABELS = {
    Reason.UNKNOWN_SCENARIO: ("unknown scenario", "未知场景"),
    Reason.OUTSIDE_PERIOD: ("outside the monitoring period", "监测期之外"),
    Reason.QUANTITY_TOO_SMALL: ("quantity too small", "活动量过小"),
    Reason.QUANTITY_TOO_LARGE: ("quantity too large", "活动量过大"),
    Reason.DURATION_TOO_SHORT: ("duration too short", "时长过短"),
    Reason.DURATION_TOO_LONG: ("duration too long", "时长过长"),
    Reason.TOO_FAST: ("too fast to be possible", "速度异常"),
    Reason.REPEATED_ACT: ("the same act twice in the package", "证据包内重复"),
    Reason.CLAIMED_BEFORE: ("claimed before", "已被申报"),
    Reason.EXCLUDED_ELSEWHERE: ("credited in another mechanism", "已在其他机制使用"),
    Reason.RELABELLED_COPY: ("copy of an act of another year", "改年份的重复行为"),
    Reason.OVERLAPPING_ACT: ("overlaps another act of the same actor", "同一行为人时间重叠"),
    Reason.BASELINE_HISTORY: ("earlier day, for the baseline only", "仅用于基准线的历史记录"),
    Reason.NO_BASELINE: ("no baseline to compare with", "缺少基准线数据"),
}
