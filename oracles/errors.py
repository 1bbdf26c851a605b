"""The errors of the oracles, leaves beneath the tree of `registry/domain/errors.py`.

    InvalidInput
    ├── InvalidMapping       a mapping file that does not read
    ├── InvalidExclusions    an exclusion list that does not read, or is not the published one
    ├── MissingColumns       a platform's table without the columns its mapping names
    └── UnreadableInput      a table that is no CSV or no gzip, or whose encoding is another one
    Conflict
    ├── PackageExists        the folder of a package holds something already
    ├── PackageRefused       too many records of one reason: the whole package is refused, with the counts
    ├── OracleRefuses        an oracle does not sign: what it recomputed is not what was proposed
    │   └── AlreadySigned    it signed another report for this (project, seq), and never signs two
    ├── OracleBehind         the oracle's own log or claims are not where the chain is
    ├── ActsReserved         another report counted or reserved the acts of a report that was to be signed
    ├── ClaimsOfOldFormat    a claim file that an earlier version wrote
    └── QuorumNotReached     too few signatures, with what each oracle said
    Unavailable
    └── EngineFailed         the engine that was chosen does not work on this machine or cluster

InvalidEvidence and SourceUnavailable of the domain are used as they are.
"""

from registry.domain.errors import Conflict, InvalidInput, Unavailable


class InvalidMapping(InvalidInput):
    """Values: mapping (file or name), path (where in it), problem."""

    code = "invalid_mapping"
    text = "Mapping {mapping} is not valid at {path}: {problem}. Correct it, see oracles/packing/README.md."


class InvalidExclusions(InvalidInput):
    """Values: path (where in it), problem."""

    code = "invalid_exclusions"
    text = "The exclusion list is not valid at {path}: {problem}. Take the file and the hash that the authority gave."


class MissingColumns(InvalidInput):
    """Values: file, missing (names), found (names)."""

    code = "missing_columns"
    text = "{file} lacks the column(s) {missing}; it has {found}. Choose the mapping that was made for this table."


class UnreadableInput(InvalidInput):
    """Values: file, problem."""

    code = "unreadable_input"
    text = "{file} cannot be read: {problem}."


class PackageExists(Conflict):
    """Values: folder."""

    code = "package_exists"
    text = "{folder} exists already. Choose another folder, or remove it if it is not needed."


class PackageRefused(Conflict):
    """Values: package, reason, count, records, limit_bps, findings (reason -> records that show it)."""

    code = "package_refused"
    text = (
        "Evidence package {package} is refused as a whole: {count} of {records} records are '{reason}', more than the "
        "{limit_bps} in 10,000 its methodology allows. All findings: {findings}."
    )


class OracleRefuses(Conflict):
    """Values: oracle, project_id, seq, problem, and where records differ: record, own, proposed, differing."""

    code = "oracle_refuses"
    text = "Oracle {oracle} does not sign report {seq} of project {project_id}: {problem}."


class AlreadySigned(OracleRefuses):
    """Values: oracle, project_id, seq, signed (digest), asked (digest)."""

    code = "already_signed"
    text = (
        "Oracle {oracle} signed report {signed} as number {seq} of project {project_id} and never signs another one "
        "for it; asked: {asked}. Propose the signed one again."
    )


class OracleBehind(Conflict):
    """Values: oracle, project_id, seq (the report to follow first), problem."""

    code = "oracle_behind"
    text = (
        "Oracle {oracle} is behind the chain: {problem}. Let it follow report {seq} of project {project_id} first: it "
        "does so by itself once a source offers the package of that report."
    )


class ActsReserved(Conflict):
    """Values: project_id, seq, acts (count), first (act id), reports (project/seq, of those that have the first)."""

    code = "acts_reserved"
    text = (
        "{acts} act(s) of report {seq} of project {project_id} are counted or reserved by another report, or differ "
        "from its acts only in the year; first act {first}, in report {reports}. Wait until that report "
        "is accepted, or replaced by another one."
    )


class ClaimsOfOldFormat(Conflict):
    """Values: path, format, reads."""

    code = "claims_of_old_format"
    text = (
        "Claim file {path} has format {format}, this version reads format {reads}. Let the reports that this oracle "
        "signed become final with the version that wrote it, then move the file away: the next `puhui oracle run` "
        "takes in the claims of all accepted reports again, from the oracle's own packages and the published logs."
    )


class QuorumNotReached(Conflict):
    """Values: project_id, seq, quorum, signed (count), answers (address -> what it said)."""

    code = "quorum_not_reached"
    text = "Report {seq} of project {project_id} has {signed} of {quorum} signatures. What the oracles said: {answers}."


class EngineFailed(Unavailable):
    """Values: engine (its name), problem."""

    code = "engine_failed"
    text = "Engine {engine} failed: {problem}. Nothing was kept; try again, or choose another one with --engine."
