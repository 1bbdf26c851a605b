"""Events of the pools: what is asked for, used, given up and given back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from registry.db.models import Pool, PoolRelease, Reservation
from registry.services.projection.change import Change, Origin, Remove, Set, one


def pool_changed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"jurisdiction": args["jurisdiction"], "year": args["year"]}
    where = tuple(getattr(Pool, name) == value for name, value in key.items())
    row = {
        "demand_end": args["pool"]["demandEnd"],
        "credited_grams": args["pool"]["creditedGrams"],
        "used_grams": args["pool"]["usedGrams"],
    }
    return [Remove(Pool, where, may_miss=True), one(Pool, {**key, **row})]


def reserved(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_reservation(args)]


def reservation_used(args: dict[str, Any], _origin: Origin) -> list[Change]:
    if args["grams"] == 0:
        return [Remove(Reservation, _of(args))]
    return [Set(Reservation, _of(args), {"start": args["start"], "grams": args["grams"]}, moves_origin=True)]


def reservation_released(args: dict[str, Any], _origin: Origin) -> list[Change]:
    gone: Change = Remove(Reservation, (*_of(args), Reservation.grams == args["grams"]))
    if args["credited"]:
        return [gone]
    row = {name: args[name] for name in ("jurisdiction", "year", "start", "grams")}
    return [gone, one(PoolRelease, row)]


def released_credited(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = tuple(getattr(PoolRelease, name) == args[name] for name in ("jurisdiction", "year", "start", "grams"))
    return [Remove(PoolRelease, where)]


def _reservation(args: dict[str, Any]) -> Change:
    return one(Reservation, {name: args[name] for name in ("account", "year", "start", "grams")})


def _of(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return Reservation.account == args["account"], Reservation.year == args["year"]
