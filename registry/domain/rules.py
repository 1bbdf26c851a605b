"""The enumerations of the contracts, with the same numbers, and a label in both languages.

They mirror contracts/src/I*.sol; a test reads those files and compares names and numbers. Never reorder.
"""

from enum import IntEnum, IntFlag


class LabelledEnum(IntEnum):
    """An integer as the contracts know it, with `label` (English) and `label_zh`."""

    label: str
    label_zh: str

    def __new__(cls, number: int, label: str = "", label_zh: str = "") -> "LabelledEnum":
        # The defaults are for type checkers only, which take finding a member, Role(3), for this call.
        member = int.__new__(cls, number)
        member._value_ = number
        member.label = label
        member.label_zh = label_zh
        return member

    @property
    def solidity_name(self) -> str:
        """The name in the contracts: EVENT_NEUTRALITY -> EventNeutrality."""
        return "".join(part.capitalize() for part in self.name.split("_"))


class Role(LabelledEnum):
    """What a person, a body or a contract may do in one jurisdiction."""

    NONE = 0, "none", "无"
    ADMIN = 1, "administrator", "管理员"
    REGISTRAR = 2, "registrar (maker)", "经办"
    APPROVER = 3, "approver (checker)", "复核"
    EXPERT = 4, "expert", "专家"
    VERIFIER = 5, "verifier", "核证机构"
    REGULATOR = 6, "regulator", "主管部门"
    AUDITOR = 7, "auditor", "审计"
    RETIRER = 8, "module that retires", "注销模块"
    LOCKER = 9, "module that locks", "锁定模块"
    CORRECTOR = 10, "module that corrects", "更正模块"


class AccountKind(LabelledEnum):
    """Who holds an account."""

    NONE = 0, "none", "无"
    ENTERPRISE = 1, "enterprise", "企业"
    PLATFORM = 2, "platform", "平台"
    INSTITUTION = 3, "institution", "机构"
    GOVERNMENT = 4, "government", "政府"
    BUFFER = 5, "buffer", "缓冲账户"


class AccountStatus(LabelledEnum):
    """What an account may do now; later ones are stricter."""

    NONE = 0, "no account", "无账户"
    OPEN = 1, "open", "正常"
    RESTRICTED = 2, "restricted", "受限"
    FROZEN = 3, "frozen", "冻结"
    CLOSED = 4, "closed", "销户"


class Right(IntFlag):
    """Rights of an agent (经办人) of an account; they add up."""

    INITIATE = 1
    APPROVE = 2
    READ = 4


class AccountFlag(IntFlag):
    """What an account asks for (IAccounts.Account.flags); they add up."""

    DUAL_CONTROL = 1
    CONFIRMS_RECEIPTS = 2


class DayKind(LabelledEnum):
    """What a certain day of a calendar is, whatever its weekday."""

    NONE = 0, "as its weekday says", "按星期"
    HOLIDAY = 1, "holiday", "节假日"
    WORKING_DAY = 2, "working day", "工作日"


class TransferKind(LabelledEnum):
    """What a pending transfer is."""

    NONE = 0, "none", "无"
    GIFT = 1, "gift", "赠与"
    SALE = 2, "sale", "交易"


class TransferState(LabelledEnum):
    """Where a transfer stands that did not move at once."""

    NONE = 0, "no transfer", "无转移"
    PENDING = 1, "pending", "待执行"
    EXECUTED = 2, "executed", "已执行"
    CANCELLED = 3, "cancelled by the sender", "转出方已撤销"
    REFUSED = 4, "refused by the receiver", "接收方已拒收"
    EXPIRED = 5, "expired", "已过期"


class FilingStatus(LabelledEnum):
    """Where a methodology or project stands."""

    NONE = 0, "not filed", "未备案"
    FILED = 1, "filed", "已备案"
    SUSPENDED = 2, "suspended", "暂停"
    WITHDRAWN = 3, "withdrawn", "撤销"


class Seat(LabelledEnum):
    """What an address is in the committee of one epoch."""

    NONE = 0, "none", "无"
    SITS = 1, "sits", "在任"
    SUSPENDED = 2, "suspended", "停权"


class ReportStatus(LabelledEnum):
    """Where an accepted report stands. It is final from its time on if it is accepted or upheld."""

    NONE = 0, "not accepted", "未接受"
    ACCEPTED = 1, "accepted", "已接受"
    DISPUTED = 2, "disputed", "异议中"
    UPHELD = 3, "upheld", "异议不成立"
    OVERTURNED = 4, "overturned", "已推翻"


class Purpose(LabelledEnum):
    """What a retirement is for."""

    NONE = 0, "none", "无"
    VOLUNTARY_NEUTRALITY = 1, "voluntary carbon neutrality", "自愿碳中和"
    EVENT_NEUTRALITY = 2, "event carbon neutrality", "大型活动碳中和"
    ECOLOGICAL_COMPENSATION = 3, "ecological-damage compensation", "生态损害赔偿替代性修复"
    EQUAL_REPLACEMENT = 4, "equal replacement", "等量替代"
    COMPLIANCE_OFFSET = 5, "compliance offset", "履约抵销"
    VOUCHER_REDEMPTION = 6, "voucher redemption", "消费券兑付"
    OTHER = 7, "other", "其他"


class CapBase(LabelledEnum):
    """The quantity of an obligation that an offset cap is a share of."""

    NONE = 0, "none", "无"
    INITIAL_ALLOCATION = 1, "initial allocation", "年度初始配额"
    ISSUED_ALLOWANCES = 2, "issued allowances", "年度发放配额"
    VERIFIED_EMISSIONS = 3, "verified emissions", "经核查排放量"
    AMOUNT_DUE = 4, "amount due", "应清缴配额量"


class Rule(LabelledEnum):
    """The rule that limits or refuses an offset; the order is the order of checking."""

    NONE = 0, "nothing binds", "无限制"
    NO_RULE_SET = 1, "no rule set for the jurisdiction and year", "该地区年度无抵销规则"
    NO_OBLIGATION = 2, "no obligation for the year", "该年度无履约义务"
    EXCLUDED = 3, "the account is excluded for the year", "该年度已调出履约范围"
    ACCOUNT_STATUS = 4, "the account's status", "账户状态"
    BEFORE_OPENING = 5, "offsetting has not opened", "未到抵销开放期"
    AFTER_DEADLINE = 6, "the deadline has passed", "已过抵销截止期"
    NOT_INSTALLED = 7, "the rules contract lacks its roles on the ledger", "规则合约未获账本授权"
    UNKNOWN_BATCH = 8, "the batch does not exist", "批次不存在"
    BATCH_HELD = 9, "the batch is under investigation", "批次在调查中"
    NOT_IN_FORCE = 10, "project or methodology not in force", "项目或方法学未生效"
    VINTAGE = 11, "the vintage is not accepted", "减排量年份不符"
    MECHANISM = 12, "the mechanism is not accepted", "减排机制不符"
    METHODOLOGY = 13, "the methodology is not accepted", "方法学不符"
    OWN_BOUNDARY = 14, "reductions inside the own boundary", "自身边界内减排量"
    NOT_RECOGNISED = 15, "credits of that jurisdiction are not recognised", "未互认该地区减排量"
    CAP = 16, "the cap on offsets", "抵销比例上限"
    NON_LOCAL_CAP = 17, "the cap on credits from elsewhere", "外地减排量上限"
    LOCAL_SHARE = 18, "the smallest local share", "本地减排量最低比例"
    POOL = 19, "the pool of the jurisdiction", "地区抵销总量"
    RECOGNITION_CAP = 20, "the yearly cap on recognised credits", "互认年度上限"
    BALANCE = 21, "the balance", "持有量"
    GRANULARITY = 22, "the granularity", "最小抵销单位"


class Fulfilment(LabelledEnum):
    """Where an account stands with the obligation of a year."""

    NONE = 0, "no obligation", "无履约义务"
    SHORT = 1, "something is missing, there is still time", "未足额，未到期"
    MET = 2, "exactly met", "足额履约"
    OVER = 3, "more than what is due", "超额履约"
    LATE = 4, "something is missing after the deadline", "逾期未足额"
    EXCLUDED = 5, "excluded for the year", "已调出履约范围"


class ObjectionStatus(LabelledEnum):
    """Where an objection to a request of the Desk stands."""

    NONE = 0, "none", "无"
    OPEN = 1, "open", "待裁定"
    DISMISSED = 2, "dismissed", "不成立"
    UPHELD = 3, "upheld", "成立"


class Part(LabelledEnum):
    """What one person did about a request beside proposing and deciding it."""

    NONE = 0, "none", "无"
    POSITIVE_OPINION = 1, "positive opinion", "同意意见"
    NEGATIVE_OPINION = 2, "negative opinion", "反对意见"
    RULING = 3, "ruling", "裁定"


class DischargeKind(LabelledEnum):
    """How invalidated grams are made good, or taken back."""

    NONE = 0, "none", "无"
    REPLACED = 1, "replaced by equal grams", "等量替换"
    SETTLED = 2, "settled by retiring equal grams", "等量注销补足"
    WAIVED = 3, "waived", "豁免"
    GIVEN_UP = 4, "given up by the holder", "持有人放弃"


class RequestStatus(LabelledEnum):
    """Where a request of the Desk stands."""

    NONE = 0, "none", "无"
    PROPOSED = 1, "proposed", "公示中"
    EXECUTED = 2, "executed", "已批准执行"
    REJECTED = 3, "rejected", "已驳回"
    WITHDRAWN = 4, "withdrawn", "已撤回"
    EXPIRED = 5, "expired", "已过期"
