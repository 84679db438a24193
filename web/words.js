// What the page says, in English and Japanese. {names} are put in as text; nothing here is markup.
(function (por) {
  "use strict";

  const WORDS = {
    title: ["Were you counted?", "あなたの残高は含まれていますか"],
    intro: [
      "An exchange has signed what it owes its customers. Check here, on your own device, that your balance is in that sum.",
      "取引所は、お客様からお預かりしている資産の総額に署名しています。その総額にあなたの残高が含まれているかを、お使いの端末の中だけで確認します。",
    ],
    stays: [
      "Nothing leaves this device: the page works without a network, and its rules forbid it any connection.",
      "入力した内容は端末の外に送信されません。このページは通信なしで動作し、通信そのものが禁止されています。",
    ],
    "proof-legend": ["Your proof", "証明ファイル"],
    "proof-file": ["The proof file that the exchange gave you", "取引所から受け取った証明ファイル"],
    "proof-drop": ["You can also drop it here.", "ここにドラッグしても読み込めます。"],
    "proof-paste": ["Paste it instead", "貼り付けて入力する"],
    "proof-text": ["Content of the proof file", "証明ファイルの内容"],
    "proof-chosen": ["{name}, {size} bytes", "{name}（{size} バイト）"],
    "account-legend": ["Your account", "あなたの口座"],
    "account-label": ["Your account id, as the exchange knows it", "取引所に登録されている口座ID"],
    "account-note": [
      "Type it yourself. It is not in the proof: that is how the proof can be for you alone.",
      "ご自身で入力してください。証明ファイルには含まれていません。だからこそ、あなただけの証明になります。",
    ],
    "key-legend": ["The exchange's key", "取引所の公開鍵"],
    "key-label": ["The exchange's public key: one line, or the text of its .pub file", "取引所の公開鍵（1行の形式、または .pub ファイルの内容）"],
    "key-file": ["or its .pub file", "または .pub ファイル"],
    "key-note": [
      "Take it from a place that you trust, such as the exchange's own site, never from where the proof came from alone.",
      "信頼できる場所（取引所の公式サイトなど）から入手してください。証明ファイルに付いてきた鍵は使わないでください。",
    ],
    "key-shipped": ["This page came with the key of {issuer}: {key}", "このページには {issuer} の鍵が組み込まれています：{key}"],
    check: ["Check", "確認する"],
    "need-proof": ["Choose or paste the proof first.", "先に証明ファイルを選択するか、内容を貼り付けてください。"],
    "need-account": ["Type your account id first.", "先に口座IDを入力してください。"],
    "need-key": ["Give the exchange's key first.", "先に取引所の公開鍵を入力してください。"],
    "good-title": ["You were counted", "あなたの残高は含まれています"],
    "bad-title": ["This proof does not hold", "この証明は成り立ちません"],
    "unread-title": ["This could not be checked", "確認できませんでした"],
    "admits-title": ["The statement itself admits a failed test", "この報告書自身が、満たしていない基準があると認めています"],
    "admits-line": [
      "{title}: {left} {unit} where {relation} {right} {unit} is asked for ({reference})",
      "{title}：{left} {unit}（求められる値は {relation} {right} {unit}。根拠：{reference}）",
    ],
    "undecided-title": ["The statement leaves tests undecided", "この報告書では判定できていない基準があります"],
    states: [
      "{issuer} ({scope}) states what it owes its customers at {time} (statement {sequence}).",
      "{issuer}（{scope}）による、{time} 時点でのお客様への負債の報告書です（第 {sequence} 号）。",
    ],
    replaces: ["It replaces statement {sequence}: {reason}", "第 {sequence} 号を訂正するものです：{reason}"],
    signed: ["Signed by the key {key}, which you brought.", "お手元の鍵 {key} による署名を確認しました。"],
    "signed-name": ["Signed by {name}, key {key}, which you brought.", "{name}（鍵 {key}）による署名を確認しました。"],
    "found-title": ["Found for you", "あなたの残高"],
    absent: ["Nothing was counted for you in {assets}.", "次の資産には、あなたの残高はありません：{assets}"],
    compare: [
      "Compare this with your account page as it was at that time. If an amount differs or is missing, keep the proof file, ask the exchange, and if the answer does not satisfy you tell an auditor or the regulator.",
      "その時点の口座画面と見比べてください。金額が違う、または資産が足りない場合は、証明ファイルを保管して取引所に問い合わせ、回答に納得できなければ監査人または監督官庁に知らせてください。",
    ],
    "statement-title": ["Which statement", "報告書の識別番号"],
    "statement-note": [
      "Others should see the same number. Compare it with other people's, or with the one on the exchange's site: two numbers for one statement would be a fraud.",
      "ほかの人にも同じ番号が表示されるはずです。知人や取引所のサイトの番号と見比べてください。同じ報告書に番号が二つあれば不正です。",
    ],
    "path-title": ["How you were counted", "残高が総額に足されるまで"],
    "path-asset": ["{asset}, leaf {index} of {count}", "{asset}（葉 {index}／全 {count}）"],
    "path-picture": ["Picture of the path from your balance to the signed total", "あなたの残高から署名された総額までの経路図"],
    "path-back": ["Back", "戻る"],
    "path-on": ["Next step", "次へ"],
    "path-leaf": [
      "Your balance, {sum} {asset}, is hashed together with your account id and a secret number that only this proof shows.",
      "あなたの残高 {sum} {asset} を、口座IDおよびこの証明だけに記された秘密の数とともにハッシュします。",
    ],
    "path-step": [
      "Step {step} of {steps}: yours joins its neighbour on the {side}, which holds {other}; together {sum} {asset}.",
      "{step}／{steps} 段目：{side}隣（{other}）と合わさり、合計は {sum} {asset} になります。",
    ],
    "path-root": [
      "After {steps} steps the sum is {sum} {asset} and the hash is the one in the signed statement: you are in that total.",
      "{steps} 段を経て、合計 {sum} {asset} とハッシュが署名された報告書と一致しました。あなたの残高は総額に含まれています。",
    ],
    "path-you": ["you", "あなた"],
    "path-total": ["signed total", "署名された総額"],
    left: ["left", "左"],
    right: ["right", "右"],
    "not-title": ["What this does not prove", "この確認では分からないこと"],
    "not-assets": [
      "That the exchange holds the coins: that is what the statement's own tests and an auditor's check are about.",
      "取引所が実際に資産を保有していること（報告書の各基準と監査人の確認の対象です）。",
    ],
    "not-others": [
      "That every other customer was counted: each of them has to check.",
      "ほかのお客様全員の残高が含まれていること（各自の確認が必要です）。",
    ],
    "not-later": ["Anything about the time after the statement.", "報告書の時点より後のこと。"],
    "admits-gaps": ["What the statement says is missing", "報告書に記載されている不足事項"],
    details: ["Details", "詳細"],
    hint: ["What to do", "どうすればよいか"],
    "keep-file": [
      "Keep the file as it is, and ask the exchange: it is not what was signed, or not for this account id.",
      "ファイルをそのまま保管し、取引所に問い合わせてください。署名された内容と異なるか、この口座IDのものではありません。",
    ],
    "fetch-again": [
      "Fetch the file again from the exchange; do not open and save it in an editor.",
      "取引所からもう一度ダウンロードしてください。エディターで開いて保存し直さないでください。",
    ],
  };

  // For each code of an error, what it means; the codes are those of all verifiers.
  const ERRORS = {
    "json-malformed": ["The file is not a proof: it is damaged or of another kind.", "証明ファイルではないか、ファイルが壊れています。"],
    "json-not-canonical": ["The file was changed by an editor or on its way.", "ファイルがエディターや転送の途中で変更されています。"],
    "account-id-malformed": [
      "The account id has blanks or characters that no account id has.", "口座IDに空白、または使えない文字が含まれています。",
    ],
    "signer-unknown": ["The statement is not signed by the key that you gave.", "入力された鍵による署名ではありません。"],
    "signature-invalid": ["The signature is false: what was signed has been changed.", "署名が正しくありません。署名された内容が変更されています。"],
    "statement-missing": [
      "The proof carries no signed statement; ask the exchange for a proof that does.",
      "証明ファイルに署名付きの報告書が含まれていません。報告書を含むファイルを取引所に求めてください。",
    ],
    "attestation-digest": ["The proof belongs to another statement than the one it carries.", "証明と報告書の組み合わせが一致しません。"],
    "proof-empty": ["The proof shows no balance at all.", "証明ファイルに残高がひとつも記載されていません。"],
    "root-mismatch": [
      "With this account id the proof does not lead to what the exchange signed. Did you type the id exactly as the exchange has it?",
      "この口座IDでは、署名された報告書にたどり着きません。取引所に登録されているとおりに入力しましたか。",
    ],
    "total-mismatch": ["The sums of the proof are not those that the exchange signed.", "証明の合計が、署名された総額と一致しません。"],
    "snapshot-mismatch": ["The proof is for another day than the statement.", "証明と報告書の時点が異なります。"],
    "key-malformed": ["What you gave is no readable public key.", "公開鍵として読み取れません。"],
    "key-private": ["This is a private key. Whoever gave it to you should not have.", "これは秘密鍵です。本来、他人に渡してはならないものです。"],
    "key-algorithm": ["The key is of a kind that this page does not know.", "このページが対応していない種類の鍵です。"],
    "browser-too-old": ["This browser cannot check such signatures; update it.", "お使いのブラウザーはこの署名を確認できません。更新してください。"],
    "statement-type": ["The statement is of a newer kind than this page knows.", "このページが対応していない新しい形式の報告書です。"],
    other: ["The file is not what the exchange's program makes, or it does not hold.", "取引所のプログラムが作る形式と異なるか、内容が成り立ちません。"],
  };

  const UNREADABLE = new Set([
    "json-malformed", "json-not-canonical", "account-id-malformed", "key-malformed", "key-private", "key-algorithm",
    "key-name", "browser-too-old", "statement-missing", "statement-type", "proof-format", "base64-malformed",
  ]);

  let language = "en";
  const pick = (pair) => pair[language === "ja" ? 1 : 0];

  function word(name, values = {}) {
    return pick(WORDS[name]).replace(/\{([a-z]+)\}/g, (_, key) => String(values[key]));
  }

  Object.assign(por, {
    WORDS,
    errorWord: (code) => pick(Object.hasOwn(ERRORS, code) ? ERRORS[code] : ERRORS.other),
    isUnreadable: (code) => UNREADABLE.has(code),
    language: () => language,
    setLanguage: (wanted) => { language = wanted === "ja" ? "ja" : "en"; },
    word,
  });
})((globalThis.por ??= {}));
