// What roles, rules and units are called in Japanese, as `por verify` calls them (por/cli/locale); a test compares.
(function (por) {
  "use strict";

  const NAMES = {
    role: {
      preparer: "作成者",
      management: "経営者",
      accountant: "会計士",
      keys: "鍵一覧の管理者",
    },
    rule: {
      segregation: "暗号資産の分別管理",
      "fiat-trust": "金銭の信託",
      "liability-reserve": "責任準備金",
      "combined-coverage": "資産と責任準備金を合わせた充足（円換算）",
      "hot-limit": "ホットウォレットの割合（円換算）",
      "cold-rest": "ホットウォレット以外の暗号資産のコールド保管",
      guarantee: "履行保証暗号資産",
      "net-assets": "純資産額と資本金",
      "stablecoin-funds-transfer": "資金移動業型の電子決済手段の保全",
      "stablecoin-trust": "信託型の電子決済手段の裏付資産",
      compensation: "顧客資産の補償の手当て",
      "independent-audit": "独立した第三者による監査",
    },
    unit: {
      "assets held in full": "種類（全量を保有している資産の数）",
      "fiat assets held in full": "種類（全額を信託している法定通貨の数）",
      "assets with a full guarantee": "種類（履行保証暗号資産が足りている資産の数）",
      "comparisons that hold": "件（満たされている比較の数）",
      "% of customers' crypto, in yen, is hot; rounded up to whole per cent": "％（円換算でホットウォレットにある顧客暗号資産の割合、小数点以下切り上げ）",
      "% of the compensation asked for is set aside; rounded down to whole per cent, at most 100":
        "％（求められる補償額に対する手当ての割合、小数点以下切り捨て、上限100）",
    },
  };

  // The name of a thing that the statement or the key file has by an English one, or null.
  function named(kind, key) {
    return por.language() === "ja" && Object.hasOwn(NAMES[kind], key) ? NAMES[kind][key] : null;
  }

  Object.assign(por, { NAMES, named });
})((globalThis.por ??= {}));
