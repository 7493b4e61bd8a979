"""The resource pool in the demo province: what a few providers offer, one entry with a second
version, one in review, one returned, one taken down, a policy of the province."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries
from dengta.catalogue.actions.entries import Line, Use
from dengta.catalogue.models import Entry, EntryVersion
from dengta.catalogue.queries.names import scenario_name
from dengta.core.shapes import Text
from dengta.demo.followed import Province
from dengta.registry.models import Organisation
from dengta.registry.queries import policy

WAN = 1_000_000
OFFERS: tuple[tuple[str, str, str, tuple[int, int, int, int, int, int, int]], ...] = (
    ("package", "质量追溯起步包", "quality", (8, 2, 30, 12, 0, 9000, 20)),
    ("package", "设备联网上云包", "equipment", (12, 3, 45, 15, 6, 8500, 24)),
    ("package", "车间排产协同包", "scheduling", (15, 3, 60, 20, 0, 8800, 26)),
    ("product", "扫码报检终端", "quality", (3, 1, 7, 2, 0, 8000, 10)),
    ("product", "能耗在线监测", "energy", (5, 1, 15, 3, 4, 9200, 12)),
    ("solution", "采购协同轻应用", "procurement", (4, 2, 10, 5, 0, 8600, 14)),
    ("package", "质量追溯快装包", "quality", (9, 2, 25, 10, 0, 9100, 22)),
)
"""Kind, name, scenario, and what is small, fast, light and precise about it: price from in 万元,
modules, working days, staff days, machines, share of requirements in basis points, requirements."""


def fill(province: Province) -> None:
    """Everything, where the policy knows these kinds and sub-industries."""
    providers = list(Organisation.objects.filter(kind="provider").order_by("id")[:4])
    known = policy().sub_industries
    if (
        not policy().entry_kinds
        or not {"auto_parts", "machine_tools"} <= set(known)
        or not providers
    ):
        return
    office = province.officials["province", "420000"]
    shown = [_offer(province, providers[n % len(providers)], office, n) for n in range(len(OFFERS))]
    _second_version(province, shown[0], providers[0], office)
    entries.remove(shown[3], office, "服务商已停止供货，改用新一代终端", at=province.at(5))
    _waiting(province, providers[0], office)
    _platform(province, providers[0], office)
    _policy_entry(province, office)


def _content(name: str, kind: str, scenario: Text, figures: tuple[int, ...]) -> dict[str, object]:
    price, modules, days, staff, machines, fit, asked = figures
    content: dict[str, object] = {
        "problem": f"{scenario.zh}靠人工登记，数据晚、查不回去，出了问题说不清。",
        "way": "先装最小可用的模块，数据自动采集，看板当天能看；够用再加。",
        "price_from_fen": price * WAN,
        "modules": modules,
        "deploy_days": days,
        "staff_days": staff,
        "machines_touched": machines,
        "fit_bps": fit,
        "requirements": asked,
        "effect": f"样本企业用“{name}”三个月后，查一批货的时间从两天降到十分钟（演示数据）。",
        "local_users": 3 + modules,
        "warranty_months": 12,
        "open_standard": True,
        "contact_name": "客户服务岗",
        "contact_phone": "027-8000 0000",
    }
    if kind != "package":
        content |= {"form": "saas", "area": "production", "yearly_fen": price * WAN // 10}
    return content


def _lines(price: int, days: int, scenario: str) -> tuple[Line, ...]:
    return (
        Line(
            "软件订阅（首年）", "software", "套", 1, price * WAN * 6 // 10, days // 2, scenario, 2
        ),
        Line("部署和接口", "implementation", "项", 1, price * WAN * 3 // 10, days // 3),
        Line("现场培训", "training", "次", 2, price * WAN // 20, days - days // 2 - days // 3),
    )


def _draft(
    province: Province, provider: Organisation, n: int, name: str = "", days_ago: int = 60
) -> EntryVersion:
    kind, usual, scenario, figures = OFFERS[n]
    name = name or usual
    text = scenario_name(scenario)
    uses = tuple(
        Use(industry, scenario, level, nature)
        for industry, nature in (("auto_parts", "common"), ("machine_tools", "specific"))
        for level in (2, 3)
        if level == 2 or kind == "package"
    )
    return entries.draft(
        kind,
        f"{name}（演示）",
        actor=province.actor(provider),
        key=f"demo:{n}:{name}",
        summary=f"{text.zh}到二级：{figures[2]} 个工作日用起来，自己投入 {figures[3]} 人天。",
        content=_content(name, kind, text, figures),
        uses=uses,
        lines=_lines(figures[0], figures[2], scenario) if kind == "package" else (),
        at=province.at(days_ago),
    )


def _offer(province: Province, provider: Organisation, office: Actor, n: int) -> Entry:
    version = _draft(province, provider, n)
    entries.submit(version, province.actor(provider), at=province.at(58))
    entries.publish(version, office, at=province.at(55))
    return Entry.objects.get(pk=version.entry_id)


def _second_version(
    province: Province, entry: Entry, provider: Organisation, office: Actor
) -> None:
    acting = province.actor(provider)
    version = entries.revise(entry, acting, at=province.at(20))
    version = entries.save(
        version,
        acting,
        content={"deploy_days": 25, "staff_days": 10},
        note="工期缩短，企业少投入两人天",
    )
    entries.submit(version, acting, at=province.at(19))
    entries.publish(version, office, at=province.at(17))


def _waiting(province: Province, provider: Organisation, office: Actor) -> None:
    """One that waits for review, one that was returned."""
    acting = province.actor(provider)
    entries.submit(_draft(province, provider, 1, "仓储条码包", 4), acting, at=province.at(3))
    returned = _draft(province, provider, 4, "空压机节能监测", 8)
    entries.submit(returned, acting, at=province.at(7))
    entries.send_back(
        returned,
        office,
        "需求满足率写 92%，请附核对的需求清单，并写明是哪个细分行业的。",
        at=province.at(6),
    )


def _one(
    province: Province, office: Actor, actor: Actor, kind: str, name: str, summary: str,
    content: Mapping[str, object],
) -> None:  # fmt: skip
    version = entries.draft(
        kind, name, actor=actor, key=f"demo:{kind}:{name}", summary=summary, content=content,
        at=province.at(50),
    )  # fmt: skip
    entries.submit(version, actor, at=province.at(50))
    entries.publish(version, office, at=province.at(48))


def _platform(province: Province, provider: Organisation, office: Actor) -> None:
    _one(
        province, office, province.actor(provider), "platform", "江城设备云平台（演示）",
        "面向汽车零部件企业的行业级平台，设备三天接入。",
        {
            "tier": "industry",
            "functions": ["production", "diagnosis", "energy"],
            "architecture": "边缘网关加云上应用，设备、能耗、质量共用一套数据。",
            "platform_firms": 126,
            "platform_devices": 5400,
            "identifier": "88.118.5/EQ",
            "security_grade": "g3",
        },
    )  # fmt: skip


def _policy_entry(province: Province, office: Actor) -> None:
    _one(
        province, office, office, "policy", "城市试点企业改造补助怎么领",
        "试点名单内的企业，改造后达到二级以上可以申领补助。",
        {
            "policy_kind": "guide",
            "issuer": "省经信厅",
            "issued_date": dt.date(2026, 1, 15),
            "policy_text": "先测评、再改造、后申领。补助以核定投入和验收等级为准。",
        },
    )  # fmt: skip
