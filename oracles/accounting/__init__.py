"""From records to grams, by the filed methodology, in integers."""

from oracles.accounting.engine import Accounting, CountedAct, QuarantinedAct, account, refuse_if_too_many

__all__ = ["Accounting", "CountedAct", "QuarantinedAct", "account", "refuse_if_too_many"]
