"""Filing: complete, agreed to, once per contract, by nobody under sanction; and what the county
makes of it."""

from __future__ import annotations

import pytest

from dengta.matching.models import Choice, Need, Quote, QuoteLine
from dengta.projects.actions import filing, papers
from dengta.projects.actions.filing import Incomplete, Line
from dengta.projects.models import Project
from dengta.registry.actions import Sanctioned, sanction
from dengta.registry.models import Organisation
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast, Firm
from tests.projects import stage


def chosen_quote(cast: Cast) -> Quote:
    """A quote of 100,000 yuan less 10,000 that the firm chose."""
    need = Need(
        organisation=cast.firm.organisation, title="上线生产执行系统", sub_industry="auto_parts",
        key="need", created_at=MOMENT, published_at=MOMENT, answer_by=DAY,
    )  # fmt: skip
    begin(need, by=cast.firm.actor, at=MOMENT)
    quote = Quote(
        need=need, provider=cast.supplier.organisation, list_fen=10 * WAN, discount_fen=WAN,
        days=60, valid_until=DAY + ONE_DAY, key="quote", created_at=MOMENT, sent_at=MOMENT,
    )  # fmt: skip
    begin(quote, by=cast.supplier.actor, at=MOMENT)
    QuoteLine.objects.create(
        quote=quote, ordinal=1, text="生产执行系统", cost_class="software", unit="套",
        price_fen=10 * WAN, standard_fen=12 * WAN, scenario="scheduling", level=2,
    )  # fmt: skip
    advance(quote, "send", by=cast.supplier.actor, at=MOMENT)
    advance(quote, "choose", by=cast.firm.actor, at=MOMENT)
    return quote


def bar(cast: Cast, organisation: Organisation) -> None:
    """Put an organisation under sanction."""
    sanction(
        organisation, grounds="虚报冒领", document_number="鄂财〔2026〕3号", from_date=DAY,
        until_date=DAY + 300 * ONE_DAY, source="clawback", source_id=1, by=cast.province,
    )  # fmt: skip


def test_a_chosen_quote_becomes_one_draft_with_its_lines(cast: Cast) -> None:
    stage.listed(cast.firm)
    quote = chosen_quote(cast)

    made = filing.begin_from_quote(quote, cast.firm.actor, at=MOMENT)
    again = filing.begin_from_quote(quote, cast.firm.actor, at=MOMENT)

    assert again == made
    assert (made.list_fen, made.discount_fen, made.goal_level) == (10 * WAN, WAN, 2)
    assert made.public_fen == 9 * WAN * 30 // 100
    (line,) = made.lines.all()
    assert (line.standard_fen, line.scenario, line.amount_fen) == (12 * WAN, "scheduling", 10 * WAN)


def test_another_firms_quote_is_not_filed(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        filing.begin_from_quote(chosen_quote(cast), cast.rival.actor, at=MOMENT)


def test_a_quote_is_free_again_once_its_project_is_withdrawn(cast: Cast) -> None:
    quote = chosen_quote(cast)
    first = filing.begin_from_quote(quote, cast.firm.actor, key="a", at=MOMENT)
    filing.withdraw(first, cast.firm.actor, at=MOMENT)

    second = filing.begin_from_quote(quote, cast.firm.actor, key="b", at=MOMENT)

    assert second != first and second.quote == quote


def test_filing_closes_the_need_and_needs_the_choice_to_stand(cast: Cast) -> None:
    stage.listed(cast.firm)
    quote = chosen_quote(cast)
    advance(quote.need, "publish", by=cast.firm.actor, at=MOMENT)
    advance(quote.need, "choose", by=cast.firm.actor, at=MOMENT)
    made = filing.begin_from_quote(quote, cast.firm.actor, programme="wuhan_pilot", at=MOMENT)
    papers.attach(made, cast.firm.actor, "contract", stage.paper("合同"), at=MOMENT)
    fields = {"contract_number": "HT-1", "contract_date": DAY}
    steps = [filing.Planned("系统上线", DAY + 50 * ONE_DAY)]
    filing.save(made, cast.firm.actor, fields, milestones=steps, at=MOMENT)

    with pytest.raises(Moved, match="已经撤销"):
        filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    assert made.state == "draft"
    Choice.objects.create(
        need=quote.need, quote=quote, reason="价格合适", policy_digest="x", at=MOMENT
    )
    filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)

    quote.need.refresh_from_db()
    assert (made.state, quote.need.state) == ("county_check", "closed")


def test_everything_that_is_missing_is_said_at_once(cast: Cast) -> None:
    made = filing.begin_project(cast.firm.actor, cast.supplier.organisation, at=MOMENT)

    with pytest.raises(Incomplete) as refused:
        filing.file(made, cast.firm.actor, agreed_by="", at=MOMENT)

    assert {gap.en for gap in refused.value.missing} >= {
        "the project's name", "the level aimed at", "the contract's number", "Contract",
        "at least one milestone", "the name of whoever agrees to the terms",
    }  # fmt: skip
    assert made.state == "draft"


def test_filing_keeps_terms_standing_and_policy(cast: Cast) -> None:
    cast.assessed(cast.firm)

    made = stage.filed(cast)

    assert {term["kind"] for term in made.terms} >= {"sanction", "data"}
    assert made.before["level"] is not None and made.before["scenarios"]
    assert made.policy_digest and made.agreed_by == "王厂长"
    assert made.list_fen == made.enterprise_fen + made.discount_fen + made.public_fen


def test_filed_twice_it_is_one_event(cast: Cast) -> None:
    made = stage.draft(cast)

    first = filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    second = filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)

    assert first == second


@pytest.mark.parametrize("again", ["ht-7", "ＨＴ-7", " HT -7 "])
def test_a_contract_is_filed_once_however_its_number_is_written(cast: Cast, again: str) -> None:
    stage.filed(cast, contract_number="HT-7")

    with pytest.raises(StepRefused, match="只能备案一次"):
        stage.draft(cast, contract_number=again)


def test_a_contract_file_is_filed_once(cast: Cast) -> None:
    first = stage.draft(cast)
    second = stage.draft(cast)
    same = first.contract
    assert same is not None

    with same.content.open("rb") as file, pytest.raises(StepRefused, match="只能备案一次"):
        papers.attach(second, cast.firm.actor, "contract", stage.paper(file.read().decode()))


def test_the_same_contract_can_be_filed_once_the_first_was_refused(cast: Cast) -> None:
    first = stage.filed(cast, contract_number="HT-8")
    filing.reject(first, cast.county, note="不在支持范围。", at=MOMENT)

    assert stage.filed(cast, contract_number="HT-8").state == "county_check"


@pytest.mark.parametrize("who", ["firm", "supplier"])
def test_whoever_is_under_sanction_is_refused_with_the_reason(cast: Cast, who: str) -> None:
    made = stage.draft(cast)
    bar(cast, getattr(cast, who).organisation)

    with pytest.raises(Sanctioned, match="虚报冒领"):
        filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    with pytest.raises(Sanctioned):
        filing.begin_project(cast.firm.actor, cast.supplier.organisation, at=MOMENT)


def test_a_supervisor_is_independent(cast: Cast) -> None:
    stage.admit(cast.supplier, "supervisor")
    with pytest.raises(StepRefused, match="同一单位"):
        stage.draft(cast, supervised_by=cast.supplier)

    kin = cast.enrol(
        "kin", kind="provider", industry_code="74", phone=cast.supplier.organisation.phone
    )
    stage.admit(kin, "supervisor")
    with pytest.raises(StepRefused, match="监理须独立"):
        stage.draft(cast, supervised_by=kin)


def test_a_supervisor_is_admitted_as_one_on_the_day_of_filing(cast: Cast) -> None:
    boss = stage.supervisor(cast)
    with pytest.raises(StepRefused, match=r"没有“监理单位”的认定（现有角色：云服务商）.*遴选"):
        stage.draft(cast, supervised_by=Firm(other_seller(cast), cast.supplier.actor))

    made = stage.draft(cast, supervised_by=boss)
    role = boss.organisation.roles.get()
    role.until_date = DAY - ONE_DAY
    role.save()
    with pytest.raises(Incomplete, match=r"汉江监理咨询有限公司在 .* 没有“监理单位”的认定"):
        filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    role.until_date = DAY
    role.save()
    filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)


def other_seller(cast: Cast) -> Organisation:
    """A second cloud supplier."""
    made = cast.enrol("seller", kind="provider", industry_code="65")
    cast.list_supplier(made)
    return made.organisation


def test_who_contracts_was_admitted_to_deliver_on_the_day_of_the_contract(cast: Cast) -> None:
    lawyer = cast.enrol("lawyer", kind="provider", industry_code="72")
    stage.admit(lawyer, "law_firm")
    made = stage.draft(cast, contract_date=DAY - 30 * ONE_DAY)
    with pytest.raises(StepRefused, match="现有角色：律师事务所"):
        filing.begin_project(cast.firm.actor, lawyer.organisation, key="law", at=MOMENT)
    with pytest.raises(StepRefused, match="现有角色：律师事务所"):
        filing.save(made, cast.firm.actor, {"provider": lawyer.organisation}, at=MOMENT)

    role = cast.supplier.organisation.roles.get()
    role.from_date, role.until_date = DAY - 365 * ONE_DAY, DAY - 31 * ONE_DAY
    role.save()
    with pytest.raises(Incomplete, match="现有角色：无"):
        filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    filing.save(made, cast.firm.actor, {"contract_date": DAY - 31 * ONE_DAY}, at=MOMENT)
    filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    assert made.state == "county_check", "what was signed while it held its role goes on"


def test_a_discount_above_the_price_is_refused_and_nothing_changes(cast: Cast) -> None:
    made = stage.draft(cast)

    with pytest.raises(StepRefused, match="服务商让利"):
        filing.save(made, cast.firm.actor, {"discount_fen": 99 * WAN, "title": "别的"})

    assert (made.discount_fen, made.title) == (2 * WAN, "生产过程数字化改造")


def test_a_filed_project_is_not_written_any_more(cast: Cast) -> None:
    made = stage.filed(cast)

    with pytest.raises(Moved):
        filing.save(made, cast.firm.actor, {"title": "别的"}, lines=[Line("x", "software", 1)])


def test_the_county_returns_and_the_firm_files_again(cast: Cast) -> None:
    made = stage.filed(cast)
    filing.send_back(made, cast.county, note="合同缺少示范条款。", at=MOMENT)
    filing.save(made, cast.firm.actor, {"title": "改好的"}, at=MOMENT)
    filing.file(made, cast.firm.actor, agreed_by="王厂长", at=MOMENT)
    filing.start(made, cast.county, at=MOMENT)

    assert (made.state, made.start_date) == ("under_way", DAY)


@pytest.mark.parametrize("who", ["next_county", "next_city", "province", "expert"])
def test_only_the_offices_of_the_place_agree(cast: Cast, who: str) -> None:
    made = stage.filed(cast)

    with pytest.raises(NotAllowed):
        filing.start(made, getattr(cast, who), at=MOMENT)
    assert Project.objects.get().state == "county_check"


def test_a_project_is_of_the_trade_that_its_quote_names_else_of_the_firms_own(cast: Cast) -> None:
    baker = cast.enrol("baker", industry_code="1361")
    made = filing.begin_project(baker.actor, cast.supplier.organisation, at=MOMENT)
    assert made.sub_industry == "aquatic_food"
    quoted = filing.begin_from_quote(chosen_quote(cast), cast.firm.actor, at=MOMENT)
    assert quoted.sub_industry == "auto_parts"
