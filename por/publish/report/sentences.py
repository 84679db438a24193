"""Japanese for sentences that statements of this program hold in English: what nobody translated stays as it is."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import por
from por.attestation.build import LIMITATIONS

_CATALOGUES = Path(por.__file__).parent / "cli" / "locale"
"""The names of rules and units stand in the command line's catalogue."""

_LIMITATIONS = (
    "発行者自身による、裏付けを添えた報告です。監査ではなく、会計士の意見でもありません。",
    "記載された時点だけについての報告で、ほかの時点については何も示しません。資産がその時だけ借り入れられた可能性もあります。",
    "すべてのお客様が含まれているかどうかは、お客様自身の確認と、元帳からのツリーの再作成によってのみ分かります。",
    "アドレスを操作できることは示されますが、所有権は示されません。お客様以外の誰かが権利を持つかどうかは分かりません。",
    "お客様以外に対する発行者の債務は対象外です。",
    "「申告」とあるものは、ハッシュ値で示された文書にもとづきます。文書は見た人以外には確認できません。",
)

SENTENCES: Mapping[str, str] = {
    **dict(zip(LIMITATIONS, _LIMITATIONS, strict=True)),
    "this is the demonstration's pack: its chain is made by whoever runs it, and nothing judged by it says anything of"
    " real coins": "デモ用の規則です。ブロックチェーンは実行する人が自分で作るもので、"
    "その判定は実在の暗号資産について何も示しません。",
    "how wallets are stored is the exchange's word, in an annex for the auditor; that a cold wallet was never online"
    " shows nothing here": "ウォレットの保管方法は、監査人向けの別紙による取引所の申告です。"
    "コールドウォレットが一度も通信網に接続されていないことは、ここでは示されません。",
    "no ordinance fixes the reserve formula of crypto-asset exchanges yet: the one in force for securities firms stands"
    " in, with the coefficient of stocks for spot and margin trade; that insurance may fill half of it is this pack's"
    " assumption": "暗号資産交換業者の責任準備金の計算式を定める府令はまだありません。"
    "代わりに、証券会社について現行の計算式（現物・証拠金取引には株券の率）を用いています。保険で半分まで充当できることは、この規則の仮定です。",
    "Customers' crypto-assets are held apart, the same kind and the same quantity": (
        "お客様の暗号資産と同種同量を分別して保有していること"
    ),
    "Of customers' crypto-assets no more than 5 % lies in hot wallets": (
        "ホットウォレットにあるお客様の暗号資産が 5 % 以下であること"
    ),
    "The rest of customers' crypto-assets lies in wallets that were never online": (
        "残りのお客様の暗号資産が、一度も通信網に接続されていないウォレットにあること"
    ),
    "Own coins of the same kind and quantity as customers' hot ones are set aside in cold wallets": (
        "ホットウォレットにあるお客様の暗号資産と同種同量の自己の暗号資産を、コールドウォレットに確保していること"
    ),
    "Customers' money is held in trust": "お客様の金銭を信託していること",
    "Net assets reach the value of the guarantee coins, and capital is at least 10 million yen": (
        "純資産額が履行保証暗号資産の額以上であり、資本金が 1,000 万円以上であること"
    ),
    "A liability reserve is set aside against hacks, fraud and operational failures": (
        "ハッキング、不正、業務上の事故に備えて責任準備金を積んでいること"
    ),
    "Assets and liability reserve together cover customers' balances, in yen": (
        "資産と責任準備金の合計が、円換算でお客様の残高以上であること"
    ),
    "Of a stablecoin of the funds-transfer type, security is set aside for what is outstanding and a little more": (
        "資金移動業型のステーブルコインについて、未償還残高を少し上回る額を保全していること"
    ),
    "Of a stablecoin of the trust type, the trust covers what is outstanding, half of it in demand deposits": (
        "信託型のステーブルコインについて、未償還残高を信託財産で賄い、その半分以上が要求払預金であること"
    ),
    "Payment Services Act Art. 63-11(2); Cabinet Office Order 429M60000002007 Art. 27(1)": (
        "資金決済法第63条の11第2項、暗号資産交換業者に関する内閣府令第27条第1項"
    ),
    "Payment Services Act Art. 63-11(2); Cabinet Office Order 429M60000002007 Art. 27(2)": (
        "資金決済法第63条の11第2項、暗号資産交換業者に関する内閣府令第27条第2項"
    ),
    "Payment Services Act Art. 63-11(2); Cabinet Office Order 429M60000002007 Art. 27(3)": (
        "資金決済法第63条の11第2項、暗号資産交換業者に関する内閣府令第27条第3項"
    ),
    "Payment Services Act Art. 63-11-2; Cabinet Office Order 429M60000002007 Art. 29": (
        "資金決済法第63条の11の2、暗号資産交換業者に関する内閣府令第29条"
    ),
    "Payment Services Act Art. 63-11(1); Cabinet Office Order 429M60000002007 Art. 26": (
        "資金決済法第63条の11第1項、暗号資産交換業者に関する内閣府令第26条"
    ),
    "Cabinet Office Order 429M60000002007 Art. 9": "暗号資産交換業者に関する内閣府令第9条",
    "Act No. 64 of 2026; formula after FIEA Art. 46-5 and Ordinance 419M60000002052 Art. 175": (
        "令和8年法律第64号。計算式は金融商品取引法第46条の5、金融商品取引業等に関する内閣府令第175条にならう"
    ),
    "FIEA Art. 46-5; Cabinet Office Ordinance 419M60000002052 Art. 175": (
        "金融商品取引法第46条の5、金融商品取引業等に関する内閣府令第175条"
    ),
    "Act No. 64 of 2026, the mandate as it is described in public; informative beside segregation": (
        "令和8年法律第64号（公表されている説明による。分別管理に添える参考）"
    ),
    "Payment Services Act Art. 43; Cabinet Office Order 422M60000002004 Art. 11(6)": (
        "資金決済法第43条、資金移動業者に関する内閣府令第11条第6項"
    ),
    "Cabinet Office Order 505M60000002048 Art. 3": "電子決済手段の信託財産に関する内閣府令（505M60000002048）第3条",
    "FIEA Art. 46-6 and 53": "金融商品取引法第46条の6、第53条",
    "Banking Act Art. 14-2": "銀行法第14条の2",
    "Capital adequacy ratio of a broker, in per cent": "自己資本規制比率（証券会社、％）",
    "Capital ratio of a bank, in per cent": "自己資本比率（銀行、％）",
    "as the company gives it, unverified": "会社の申告値で、検証していません",
    "spot": "現物取引",
    "margin": "証拠金取引",
    "net assets": "純資産額",
    "capital": "資本金",
    "JPY": "円",
    "securities-firms": "証券会社の計算式",
    "the node's finalized block was the successor of this block or later": (
        "このブロックの次のブロック以降が、ノードで確定済みであったこと"
    ),
    "Demonstration of Japan: Payment Services Act, and the liability reserve of Act No. 64 of 2026": (
        "日本（デモ用）：資金決済法、および令和8年法律第64号の責任準備金"
    ),
    "Japan: Payment Services Act, and the liability reserve of Act No. 64 of 2026": (
        "日本：資金決済法、および令和8年法律第64号の責任準備金"
    ),
}


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("por", _CATALOGUES, ["ja"])


def japanese(sentence: str) -> str | None:
    """Return the Japanese of a sentence, or None."""
    return SENTENCES.get(sentence)


def named(context: str, key: str) -> str | None:
    """Return the Japanese name of a rule (context `rule`, by id) or of a unit (context `unit`), or None."""
    found = _catalogue().pgettext(context, key)
    return found if found != key else None
