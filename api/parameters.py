"""Parameters as texts with a description; `registry.services.views.references` reads them, here and in the commands."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

JurisdictionPath = Annotated[str, Path(description="GB/T 2260 code of six digits, such as 310000; 0 is the council.")]
HashPath = Annotated[str, Path(description="0x and 64 hexadecimal digits.")]
ProjectPath = Annotated[str, Path(description="Project id: decimal, or printed such as PH-310000-0001.")]
SeqPath = Annotated[str, Path(description="Number of the report within its project, from 1.")]
BatchPath = Annotated[str, Path(description="Batch id: decimal, or printed such as PH-310000-0001-2016-001.")]
AccountPath = Annotated[str, Path(description="Address of the account: 0x and 40 hexadecimal digits.")]
RetirementPath = Annotated[str, Path(description="Number of the retirement, from 1.")]
YearPath = Annotated[str, Path(description="Calendar year.")]
TransferPath = Annotated[str, Path(description="Number of the transfer, from 1.")]
OffsetPath = Annotated[str, Path(description="Number of the provisional offset, from 1.")]
InvalidationPath = Annotated[str, Path(description="Number of the invalidation, from 1.")]
RequestPath = Annotated[str, Path(description="Number of the request, from 1.")]

JurisdictionQuery = Annotated[str | None, Query(description="Only of this jurisdiction.")]
ProjectQuery = Annotated[str | None, Query(description="Only of this project: decimal or printed id.")]
BatchQuery = Annotated[str | None, Query(description="Only of this batch: decimal or printed id.")]
AccountQuery = Annotated[str | None, Query(description="Only of this account.")]
MethodologyQuery = Annotated[str | None, Query(description="Only under this methodology: its definition hash.")]
YearQuery = Annotated[str | None, Query(description="Only of this calendar year.")]
SerialQuery = Annotated[
    str, Query(description="Printed serial range, such as PH-310000-0001-2016-001-000000000001-000000012345.")
]
TextQuery = Annotated[str, Query(description="Id, hash, address, printed serial, or part of a name.")]
