"""The start page: what Puhui is, how far it is, where to go on."""

from __future__ import annotations

from html import escape

from api.links import BASE
from api.schemas.network import Health
from registry.services.views.names import tonnes_text
from registry.services.views.network import NetworkTotals

_STATUS_WORDS = {
    "ok": ("in step with the chain", "与链同步"),
    "behind": ("behind the chain", "落后于链"),
    "chain_unavailable": ("the chain does not answer", "区块链暂不可用"),
    "index_stopped": ("the index has stopped", "索引已停止"),
    "starting": ("starting", "正在启动"),
}


def start_page(health: Health, totals: NetworkTotals | None) -> str:
    """The HTML of the page."""
    english, chinese = _STATUS_WORDS[health.status]
    state = [
        ("Network", "网络", escape(health.network)),
        ("State", "状态", f"{escape(english)} / {escape(chinese)}"),
        ("Chain", "链", f"{health.chain_reference}, block {_number(health.chain_height)}"),
        ("Index", "索引", f"block {_number(health.index_height)}"),
        ("Version", "版本", escape(health.version)),
    ]
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Puhui 普惠</title>
<link rel="stylesheet" href="/static/puhui.css">
</head>
<body>
<header><h1>Puhui <span lang="zh-CN">普惠</span></h1></header>
<main>
<p lang="en">A permissioned registry of carbon-inclusion reduction credits. Anyone can check where a credit came from
and where it went: from a certificate down to single acts, and from one act up to its use.</p>
<p lang="zh-CN">碳普惠减排量登记簿。任何人都可以查询减排量从何而来、用于何处:
从证书追溯到每一次低碳行为, 也可由一次行为追踪其最终用途。</p>
<form action="{BASE}/search" method="get" role="search">
<label for="q">Search <span lang="zh-CN">查询</span></label>
<input id="q" name="q" required maxlength="200" placeholder="PH-310000-0001, 0x…, 1">
<button>Search <span lang="zh-CN">查询</span></button>
</form>
<h2>State <span lang="zh-CN">运行状态</span></h2>
{_table(state)}
<h2>Totals <span lang="zh-CN">汇总</span></h2>
{_table(_totals(totals)) if totals else '<p>Nothing is indexed yet. <span lang="zh-CN">尚无索引数据。</span></p>'}
{_notes(totals)}
<h2>API</h2>
<ul>
<li><a href="/docs">Reference <span lang="zh-CN">接口文档</span></a></li>
<li><a href="{BASE}/openapi.json">OpenAPI 3.1</a></li>
<li><a href="{BASE}/health">Health <span lang="zh-CN">运行状况</span></a></li>
<li><a href="{BASE}/projects">Projects <span lang="zh-CN">项目</span></a></li>
<li><a href="{BASE}/batches">Batches <span lang="zh-CN">批次</span></a></li>
<li><a href="{BASE}/retirements">Retirements <span lang="zh-CN">注销记录</span></a></li>
<li><a href="{BASE}/requests">Public notice <span lang="zh-CN">公示</span></a></li>
</ul>
<p class="note" lang="en">A registered quantity is not a claim of carbon neutrality.</p>
<p class="note" lang="zh-CN">登记的数量不等于碳中和声明。</p>
</main>
</body>
</html>
"""


def _notes(totals: NetworkTotals | None) -> str:
    """What in the totals is an example and no fact."""
    notes = totals.illustrations if totals else ()
    return "".join(f'<p class="note"><strong>{escape(note)}</strong></p>' for note in notes)


def _totals(totals: NetworkTotals) -> list[tuple[str, str, str]]:
    return [
        ("Acts counted", "计入行为", _number(totals.acts)),
        ("Records set aside", "隔离记录", _number(totals.quarantined)),
        ("Projects", "项目", _number(totals.projects)),
        ("Issued", "已签发", _grams(totals.issued_grams)),
        ("Retired", "已注销", _grams(totals.retired_grams)),
        ("of it offset", "其中抵销", _grams(totals.offset_grams)),
        ("Cancelled", "已作废", _grams(totals.cancelled_grams)),
        ("Live", "流通中", _grams(totals.live_grams)),
    ]


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = [
        f'<tr><th scope="row">{english} <span lang="zh-CN">{chinese}</span></th><td>{value}</td></tr>'
        for english, chinese, value in rows
    ]
    return "<table>" + "".join(lines) + "</table>"


def _grams(grams: int) -> str:
    return f"{tonnes_text(grams)} t <small>({_number(grams)} g)</small>"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
