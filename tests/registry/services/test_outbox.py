"""Each write happens once, whatever crashes and whoever sends it again."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, select

from registry.chain import errors
from registry.chain.artifacts import deployment_data
from registry.chain.embedded import EmbeddedGateway
from registry.chain.failures import TransactionRejected
from registry.chain.gateway import Receipt
from registry.db.models import OutboxSender, OutboxTransaction
from registry.db.session import open_database
from registry.domain.errors import ChainUnavailable, InvalidInput
from registry.domain.rules import Role
from registry.services.membership import grant_roles
from registry.services.outbox import KeyReused, Outbox, TransactionDisplaced
from tests.registry.services.faulty import Crash, FaultyGateway, crash_at
from tests.registry.services.sending import CRASHES, Sender
from tests.world import ACTORS, SHANGHAI, actor

ADMIN, APPROVER, OUTSIDER = ACTORS["ADMIN"], ACTORS["APPROVER"], ACTORS["OUTSIDER"]


def test_send__call__is_mined_and_remembered(sender: Sender) -> None:
    before = sender.requests()
    receipt = sender.send()
    assert receipt.succeeded
    assert sender.requests() == before + 1
    row = sender.row()
    assert row is not None
    assert (row.state, row.block_number, row.tx_hash) == ("mined", receipt.block_number, receipt.tx_hash)
    assert (row.gas_used, row.error_name) == (receipt.gas_used, None)


def test_send__deployment__gives_the_address(sender: Sender) -> None:
    outbox = Outbox(sender.database, sender.gateway)
    members = [[ADMIN.address], [APPROVER.address]]
    data = deployment_data("Authority", *members)
    receipt = outbox.send(OUTSIDER, None, data, key="deploy")
    assert receipt.contract_address is not None
    assert outbox.send(OUTSIDER, None, data, key="deploy").contract_address == receipt.contract_address


def test_send__same_key_and_call_again__gives_the_first_outcome(sender: Sender) -> None:
    first = sender.send()
    before = sender.requests()
    assert sender.send() == first
    assert sender.requests() == before
    assert sender.gateway.seen["before send_raw"] == 1


def test_send__same_key_other_call_or_sender__is_refused(sender: Sender) -> None:
    sender.send()
    with pytest.raises(KeyReused) as refused:
        sender.send(number=1)
    assert refused.value.values == {"key": "key"}
    outbox = Outbox(sender.database, sender.gateway)
    with pytest.raises(KeyReused):
        outbox.send(OUTSIDER, sender.desk, sender.data(), key="key")
    with pytest.raises(KeyReused):
        outbox.send(ADMIN, None, sender.data(), key="key")


@pytest.mark.parametrize("key", ["", "k" * 201, None, 7])
def test_send__no_usable_key__is_refused(sender: Sender, key: str) -> None:
    with pytest.raises(InvalidInput, match="key"):
        sender.send(key=key)
    assert not sender.gateway.seen


@pytest.mark.parametrize("to", ["", "0x12", "Desk"])
def test_send__to_no_address__is_refused(sender: Sender, to: str) -> None:
    with pytest.raises(InvalidInput, match="to"):
        Outbox(sender.database, sender.gateway).send(ADMIN, to, b"", key="key")


@pytest.mark.parametrize("gas", [None, 500_000])
def test_send__contract_would_refuse__nothing_is_stored_and_the_key_stays_free(sender: Sender, gas: int | None) -> None:
    with pytest.raises(errors.RoleMissing) as refused:
        sender.send(who="OUTSIDER", gas=gas)
    assert refused.value.values["caller"] == OUTSIDER.address
    assert sender.row() is None
    assert sender.world.gateway.nonce(OUTSIDER.address) == 0
    sender.world.decide(grant_roles(SHANGHAI, [(Role.ADMIN, OUTSIDER.address)]), maker="ADMIN")
    assert sender.send(who="OUTSIDER", gas=gas).succeeded


def test_send__refused_only_when_mined__is_stored_decoded_and_told_again(sender: Sender) -> None:
    """Between trial and mining somebody was faster: the request is decided already."""
    sender.send()
    request_id = sender.requests()
    register = sender.world.register
    call = grant_roles(SHANGHAI, [(Role.EXPERT, actor("EXPERT_0").address)])
    inner = register.encode(call.contract, call.function, *call.args)
    data = register.encode("Desk", "approve", request_id, register.address("Authority"), inner)

    def decide_first(moment: str) -> None:
        if moment == "before send_raw" and sender.state("approve") == "queued":
            sender.gateway.hook = lambda _moment: None
            sender.world.send(ADMIN, "Desk", "withdraw", request_id)

    sender.gateway.hook = decide_first
    outbox = Outbox(sender.database, sender.gateway)
    for _ in range(2):
        with pytest.raises(errors.NotOpen) as refused:
            outbox.send(APPROVER, sender.desk, data, key="approve")
        assert refused.value.values["requestId"] == request_id
    row = sender.row("approve")
    assert row is not None
    assert (row.state, row.error_name) == ("reverted", "NotOpen")
    assert row.error_values is not None
    assert f'"requestId":"{request_id}"' in row.error_values
    assert outbox.recover() == 0


def test_send__gas_runs_out__is_stored_as_reverted(sender: Sender) -> None:
    with pytest.raises(errors.ExecutionFailed):
        sender.send(gas=60_000)
    assert sender.state() == "reverted"
    assert sender.send(key="with gas").succeeded


def test_send__chain_will_not_take_it__blocks_no_other(sender: Sender) -> None:
    with pytest.raises(TransactionRejected):
        sender.send(gas=10**9)
    assert sender.row() is None
    assert sender.send().succeeded


@pytest.mark.parametrize("moment", CRASHES)
@pytest.mark.parametrize("way", ["same key", "recover", "another key first"])
def test_send__crash_at_any_point__happens_once_in_the_end(sender: Sender, moment: str, way: str) -> None:
    before = sender.requests()
    sender.gateway.hook = crash_at(moment)
    with pytest.raises(Crash):
        sender.send()
    stored = sender.row()
    sender.gateway.hook = lambda _moment: None
    if way == "recover":
        assert Outbox(sender.database, sender.gateway).recover() == (stored is not None)
    if way == "another key first":
        # The chain takes numbers in order: the bytes that the crash left go first.
        sender.send(key="another", number=1)
        before += 1
    receipt = sender.send()
    assert receipt.succeeded
    assert sender.requests() == before + 1
    assert sender.state() == "mined"
    if stored is not None:
        assert receipt.tx_hash == stored.tx_hash


@pytest.mark.parametrize("commit", [1, 2, 3])
def test_send__crash_before_a_commit__happens_once_in_the_end(sender: Sender, commit: int) -> None:
    """The three commits: signed bytes, submitted, mined."""
    before, commits = sender.requests(), []

    def crash(_connection: object) -> None:
        commits.append(1)
        if len(commits) == commit:
            raise Crash

    # Reads end by a rollback, so only writes commit.
    event.listen(sender.database.engine, "commit", crash)
    with pytest.raises(Crash):
        sender.send()
    event.remove(sender.database.engine, "commit", crash)
    assert sender.send().succeeded
    assert sender.requests() == before + 1
    assert sender.state() == "mined"


@pytest.mark.parametrize("moment", ["before send_raw", "after send_raw", "after wait"])
def test_send__killed__another_process_ends_it(sender: Sender, tmp_path: Path, moment: str) -> None:
    before = sender.requests()
    child = os.fork()
    if child == 0:

        def kill(seen: str) -> None:
            if seen == moment:
                os.kill(os.getpid(), 9)

        try:
            theirs = Sender(sender.world, open_database(tmp_path / "puhui.sqlite"))
            theirs.gateway = FaultyGateway(EmbeddedGateway(tmp_path / "chain.sqlite"), kill)
            theirs.send()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    assert Outbox(sender.database, sender.gateway).recover() == 1
    assert sender.send().succeeded
    assert sender.requests() == before + 1


def test_send__chain_away_while_sending__row_waits_and_goes_out_later(sender: Sender) -> None:
    def away(moment: str) -> None:
        if moment == "before send_raw":
            raise ChainUnavailable(what="test", problem="away")

    sender.gateway.hook = away
    with pytest.raises(ChainUnavailable):
        sender.send()
    assert sender.state() == "queued"
    sender.gateway.hook = lambda _moment: None
    assert sender.send().succeeded


def test_recover__several_senders_and_a_refusal__settles_all(sender: Sender) -> None:
    outbox = Outbox(sender.database, sender.gateway)
    for key, who, gas in (("a", "ADMIN", 500_000), ("b", "ADMIN", 60_000), ("c", "REGISTRAR", 500_000)):
        sender.gateway.hook = crash_at("before send_raw")
        data = sender.data(1) if who == "ADMIN" else sender.world.register.encode("Desk", "requestCount")
        with pytest.raises(Crash):
            outbox.send(ACTORS[who], sender.desk, data, key=key, gas=gas)
    sender.gateway.hook = lambda _moment: None
    assert outbox.recover() == 3
    assert [sender.state(key) for key in "abc"] == ["mined", "reverted", "mined"]
    assert outbox.recover() == 0


def test_send__number_taken_from_outside__says_so_and_never_runs(sender: Sender) -> None:
    sender.gateway.hook = crash_at("before send_raw")
    with pytest.raises(Crash):
        sender.send()
    sender.gateway.hook = lambda _moment: None
    # The same key of the same person, used with another program.
    sender.world.deploy(ADMIN, sender.desk, sender.data(5))
    before = sender.requests()
    assert Outbox(sender.database, sender.gateway).recover() == 1
    for _ in range(2):
        with pytest.raises(TransactionDisplaced) as displaced:
            sender.send()
        assert displaced.value.values["sender"] == ADMIN.address
    assert sender.state() == "displaced"
    assert sender.requests() == before
    assert sender.send(key="another").succeeded


def test_send__an_earlier_one_was_displaced__is_not_blamed_and_runs_once(sender: Sender) -> None:
    sender.gateway.hook = crash_at("before send_raw")
    with pytest.raises(Crash):
        sender.send(key="displaced")
    sender.gateway.hook = lambda _moment: None
    sender.world.deploy(ADMIN, sender.desk, sender.data(5))
    before = sender.requests()
    assert sender.send(key="another").succeeded
    Outbox(sender.database, sender.gateway).recover()
    assert sender.requests() == before + 1
    assert sender.state("displaced") == "displaced"


def test_send__numbers_used_outside_before__are_stepped_over(sender: Sender) -> None:
    sender.send()
    sender.world.deploy(ADMIN, sender.desk, sender.data(5))
    assert sender.send(key="another").succeeded


def run_all(actions: list[Callable[[], object]]) -> list[object]:
    results: list[object] = []

    def run(action: Callable[[], object]) -> None:
        try:
            results.append(action())
        except Exception as error:  # noqa: BLE001
            results.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_send__many_threads_one_sender__each_once_and_no_number_twice(sender: Sender) -> None:
    before, first = sender.requests(), sender.world.gateway.nonce(ADMIN.address)
    results = run_all([lambda n=n: sender.send(key=f"key {n}", number=n) for n in range(8)])
    assert all(isinstance(result, Receipt) and result.succeeded for result in results), results
    assert sender.requests() == before + 8
    with sender.database.session() as session:
        nonces = session.scalars(select(OutboxTransaction.nonce).order_by(OutboxTransaction.nonce)).all()
        assert list(nonces) == list(range(first, first + 8))
        assert session.get_one(OutboxSender, ADMIN.address).next_nonce == first + 8


def test_send__many_threads_one_key__happens_once(sender: Sender) -> None:
    before = sender.requests()
    results = run_all([sender.send for _ in range(6)])
    assert len({result.tx_hash for result in results if isinstance(result, Receipt)}) == 1, results
    assert len([result for result in results if isinstance(result, Receipt)]) == 6
    assert sender.requests() == before + 1


def test_outbox__stores_no_secret(sender: Sender) -> None:
    sender.send()
    sender.database.close()
    stored = b"".join(path.read_bytes() for path in Path(str(sender.database.url.database)).parent.glob("puhui*"))
    assert ADMIN.key not in stored
    assert ADMIN.key.hex().encode() not in stored
