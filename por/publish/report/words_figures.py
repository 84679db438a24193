"""The report's words on figures: assets, tests, the reserve, what changed."""

from __future__ import annotations

FIGURES: dict[str, tuple[str, str]] = {
    "assets-title": ("What is owed and what is held", "預かり高と保有高"),
    "assets-says": (
        "Each bar is what is held of an asset, measured by what customers are owed in it: the line is all of it. A"
        " surplus of one asset never covers another.",
        "棒は資産ごとの保有高で、縦線がお客様からの預かり高の全量です。ある資産の余りが別の資産の不足を補うことはありません。",
    ),
    "assets-none": ("Nothing is owed and nothing is held.", "預かり高も保有高もありません。"),
    "bar": ("{asset}: {share} of what is owed is held", "{asset}：預かり高に対する保有高 {share}"),
    "bar-short": (
        "{asset}: shortfall, {share} of what is owed is held",
        "{asset}：不足、預かり高に対する保有高 {share}",
    ),
    "bar-none": ("{asset}: nothing is owed", "{asset}：預かり高なし"),
    "legend": ("How it is known that it is there", "保有の裏付け"),
    "proven": ("proven", "証明済み"),
    "node": ("a node's answer", "ノードの回答"),
    "declared": ("declared", "申告"),
    "missing-part": ("missing", "不足分"),
    "says-proven": (
        "evidence in the publication that anybody can check",
        "公表資料にある証拠により、誰でも確認できます",
    ),
    "says-node": (
        "what the issuer's node answered; ask a node of your own to check it",
        "発行者のノードの回答です。ご自身のノードで確認できます",
    ),
    "says-declared": (
        "a document that the statement names by its digest, which nobody but its reader has seen",
        "報告書が文書をハッシュ値で示すもので、文書を見た人以外は確認できません",
    ),
    "asset": ("asset", "資産"),
    "owed": ("owed to customers", "預かり高"),
    "held": ("held for them", "保有高"),
    "difference": ("more or less", "過不足"),
    "share": ("held by owed", "充足率"),
    "class": ("of it {name}: {amount}.", "うち {name}：{amount}。"),
    "class-excluded": (
        "beside it {name}: {amount}, owed as well and outside this comparison.",
        "ほかに {name}：{amount}（この比較の対象外の負債）。",
    ),
    "other": (
        "Also held, for another purpose and not counted: {amount} ({purpose}).",
        "ほかに別目的の保有：{amount}（{purpose}、算入せず）。",
    ),
    "purpose-customers": ("customers", "お客様"),
    "purpose-guarantee": ("guarantee", "履行保証"),
    "purpose-own": ("the issuer's own", "自己の資産"),
    "purpose-liability-reserve": ("liability reserve", "責任準備金"),
    "purpose-bank-deposit": ("bank deposit", "銀行預金"),
    "purpose-government-bond": ("government bond", "国債"),
    "purpose-fiat-trust": ("money in trust", "金銭の信託"),
    "purpose-custodian-statement": ("held by a custodian", "カストディアンの残高証明"),
    "totals": (
        "In yen, {owed} is owed, of which {covered} is covered asset by asset.",
        "円換算では、預かり高 {owed}、うち資産ごとに充足している額は {covered}です。",
    ),
    "unpriced": ("Without a price and in no sum: {assets}", "価格がなく合計に含まれない資産：{assets}"),
    "rules-title": ("Tests", "基準"),
    "rules-says": (
        "Judged by the rules {title} ({id}, version {version}).",
        "適用した規則：{title}（{id}、版 {version}）。",
    ),
    "source": ("Asked for by: {reference}", "根拠：{reference}"),
    "rests": ("Rests on: {basis}", "裏付け：{basis}"),
    "more-lines": (
        "{count} more comparisons in this test hold.",
        "この基準のほかの {count} 件の比較は満たされています。",
    ),
    "line": ("{label} {left}, {right} asked for ({unit})", "{label} {left}、求められる値 {right}（{unit}）"),
    "short-holds": ("holds", "充足"),
    "short-does-not-hold": ("fails", "不足"),
    "short-undecided": ("undecided", "判定不能"),
    "short-not-covered": ("not covered", "対象外"),
    "reserve-title": ("Liability reserve", "責任準備金"),
    "reserve-none": ("The rules ask for no liability reserve.", "適用した規則は責任準備金を求めていません。"),
    "reserve-says": (
        "A buffer in yen against hacks, fraud and operational failures, on top of 100 % in kind. It never cures a"
        " shortfall of customers' assets.",
        "ハッキング、不正、業務上の事故に備える円建ての準備金で、お客様の資産を同種同量で保有したうえに積むものです。"
        "お客様の資産の不足を補うものではありません。",
    ),
    "required": ("required", "必要額"),
    "required-none": ("could not be computed", "計算できません"),
    "reserve-held": ("held", "保有額"),
    "funds": ("funds", "資金"),
    "insurance": ("insurance, limits less deductibles", "保険（限度額から免責額を引いた額）"),
    "counted": ("of it counted", "うち算入額"),
    "formula": ("formula", "計算式"),
    "inputs": ("What it was computed of", "計算のもと"),
    "volume": ("{year}, {kind}: {amount}", "{year} 年、{kind}：{amount}"),
    "incident": ("loss of {date}: {amount}", "{date} の損失：{amount}"),
    "uses": ("used on {date}: {amount}, {reason}", "{date} に使用：{amount}、{reason}"),
    "change-title": ("Change since the statement before", "前回の報告書からの変化"),
    "change-none": ("This is the first statement of its log.", "この記録（ログ）の最初の報告書です。"),
    "change-says": (
        "Statement {sequence} spoke of {time}; this is what it said, as this one repeats it. An auditor who has both"
        " compares them.",
        "前回は第 {sequence} 号（{time}時点）です。以下はこの報告書が引用する前回の内容で、"
        "両方をお持ちの監査人は照合できます。",
    ),
    "was-verdict": ("verdict", "判定"),
    "before": ("before", "前回"),
    "now": ("now", "今回"),
    "reserve-required": ("liability reserve required", "責任準備金の必要額"),
    "reserve-has": ("liability reserve held", "責任準備金の保有額"),
    "owed-before": ("owed before", "前回の預かり高"),
    "owed-now": ("owed now", "今回の預かり高"),
    "held-before": ("held before", "前回の保有高"),
    "held-now": ("held now", "今回の保有高"),
    "yen-owed": ("owed in all, in yen", "預かり高の合計（円換算）"),
    "yen-covered": ("of it covered", "うち充足額"),
    "turned": ("{rule}: was {before}, is {now}", "{rule}：前回 {before}、今回 {now}"),
    "turned-none": ("Every test came out as before.", "基準の結果は前回と同じです。"),
    "policy-changed": (
        "The rules are others than before: {before}, now {now}.",
        "適用した規則が前回と異なります：前回 {before}、今回 {now}。",
    ),
}
