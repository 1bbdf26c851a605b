"""The mailbox of the oracles: signed reports, left for each other. Trusted for nothing, bounded in everything."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException

from api.dependencies import RegistryParam, RunningParam, SessionParam
from api.documentation import NOT_FOUND, NOT_YET
from api.schemas import oracle_messages as schemas
from registry.services.oracle_messages import (
    MESSAGE_BYTES_MAX,
    MESSAGES_PER_SECOND,
    open_place,
    read_message,
    report_of,
)
from registry.services.views import references
from registry.services.views.state import as_of

router = APIRouter(tags=["committees"])

ProjectQuery = Annotated[str, Query(description="Project id: decimal, or printed such as PH-310000-0001.")]
SeqQuery = Annotated[str, Query(description="Number of the report within its project, from 1.")]
_SEQ_MAX = 2**63 - 1
_BODY = {
    "required": True,
    "description": f"One message, at most {MESSAGE_BYTES_MAX} bytes.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OracleMessage"}}},
}


async def get_body(request: Request) -> bytes:
    return await request.body()


@router.get("/oracle-messages", operation_id="listOracleMessages")
def list_oracle_messages(
    running: RunningParam, session: SessionParam, project_id: ProjectQuery, seq: SeqQuery
) -> schemas.OracleMessages:
    """Signatures of oracles for the next report of a project, that wait to become a quorum. None survives a restart."""
    number = references.read_project(project_id)
    found = running.messages.at(number, references.read_decimal(seq, "seq", 1, _SEQ_MAX))
    items = [schemas.OracleMessage(**message.as_json()) for message in found]
    return schemas.OracleMessages.of(as_of(session), None, items=items)


@router.post(
    "/oracle-messages",
    operation_id="postOracleMessage",
    responses={**NOT_FOUND, **NOT_YET},
    openapi_extra={"requestBody": _BODY},
)
def post_oracle_message(
    request: Request,
    content: Annotated[bytes, Depends(get_body)],
    running: RunningParam,
    registry: RegistryParam,
    session: SessionParam,
) -> schemas.OracleMessageTaken:
    """Leaves a message for the other oracles. Taken are only signatures of signers in office, for the next report."""
    if not running.allowance.take(request.client.host if request.client else ""):
        raise HTTPException(429, f"At most {MESSAGES_PER_SECOND} messages a second.", {"Retry-After": "1"})
    contract = registry.register.address("OracleCommittee")
    message = read_message(content, registry.gateway.chain_id, contract)
    place = open_place(session, report_of(message).project_id)
    return schemas.OracleMessageTaken(new=running.messages.put(message, place))
