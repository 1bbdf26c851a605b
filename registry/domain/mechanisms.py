"""The mechanisms under which projects stand. The contracts know the numbers alone, 1 to 8; the words are ours."""

from registry.domain.rules import LabelledEnum


class Mechanism(LabelledEnum):
    """Mechanism under which a project stands."""

    CARBON_INCLUSION = 1, "carbon inclusion", "碳普惠"
    CCER = 2, "CCER", "国家核证自愿减排量"
    FOREST = 3, "local forestry credits", "地方林业碳汇"
    WETLAND = 4, "local ocean and wetland credits", "地方海洋与湿地碳汇"
    LOCAL_OTHER = 5, "other local reduction credits", "其他地方减排量"
    INTERNATIONAL = 6, "international voluntary credits", "国际自愿减排量"
    RESERVED_7 = 7, "reserved (7)", "预留(7)"
    RESERVED_8 = 8, "reserved (8)", "预留(8)"
