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
    "proof-drop": [
      "You can also drop it here, with the statement and the key if you have them.",
      "ここにドラッグしても読み込めます。報告書や鍵のファイルも一緒にどうぞ。",
    ],
    "proof-paste": ["Paste it instead", "貼り付けて入力する"],
    "proof-text": ["Content of the proof file", "証明ファイルの内容"],
    "given-title": ["What you gave", "読み込んだファイル"],
    "given-proof": ["{name}: the proof, {size} bytes", "{name}：証明ファイル（{size} バイト）"],
    "given-statement": ["{name}: a statement to compare with, {size} bytes", "{name}：照合する報告書（{size} バイト）"],
    "given-key": ["{name}: a public key", "{name}：公開鍵"],
    "given-version": ["{name}: a version of a key file", "{name}：鍵一覧"],
    "given-toml": ["{name}: a key file that nobody signed; take 1.keys.json and its successors", "{name}：署名のない鍵一覧です。1.keys.json などの署名付きの版をお使いください。"],
    "given-zip": ["{name}: an archive; unpack it and take attestation.json out of it", "{name}：圧縮ファイルです。展開して、中の attestation.json を選択してください。"],
    remove: ["Remove {name}", "{name} を取り消す"],
    "other-statement": ["Compare with a statement that you got elsewhere", "別のところで入手した報告書と照合する"],
    "other-label": ["The statement (attestation.json) from the exchange's site or from somebody else", "取引所のサイトやほかの人から入手した報告書（attestation.json）"],
    "other-note": [
      "If the exchange showed you another statement than everybody else, this is how it comes out. A proof that carries no statement needs it too.",
      "取引所があなたにだけ別の報告書を見せていれば、ここで分かります。報告書を含まない証明ファイルの確認にも必要です。",
    ],
    "account-legend": ["Your account", "あなたの口座"],
    "account-label": ["Your account id, as the exchange knows it", "取引所に登録されている口座ID"],
    "account-note": [
      "Type it yourself. It is not in the proof: that is how the proof can be for you alone.",
      "ご自身で入力してください。証明ファイルには含まれていません。だからこそ、あなただけの証明になります。",
    ],
    "key-legend": ["The exchange's key", "取引所の公開鍵"],
    "key-label": [
      "The exchange's public key: one line, or the text of its .pub file",
      "取引所の公開鍵（1行の形式、または .pub ファイルの内容）",
    ],
    "key-file": [
      "or its .pub file, or its key file (1.keys.json and all later versions)",
      "または .pub ファイル、もしくは鍵一覧（1.keys.json とそれ以降のすべての版）",
    ],
    "key-note": [
      "Take it from a place that you trust, such as the exchange's own site, never only from where the proof came from. Of a key file, the oldest version that you give is what you trust: the later ones must follow from it.",
      "信頼できる場所（取引所の公式サイトなど）から入手してください。証明ファイルに付いてきた鍵は使わないでください。鍵一覧では、いちばん古い版を信頼の起点とし、以降の版がそれに続くことを確認します。",
    ],
    "key-shipped": ["This page came with the key of {issuer}: {key}", "このページには {issuer} の鍵が組み込まれています：{key}"],
    "file-shipped": [
      "This page came with the key file of {issuer}, version {versions}.",
      "このページには {issuer} の鍵一覧（第 {versions} 版）が組み込まれています。",
    ],
    "key-other": ["Use a key that you got elsewhere instead", "ほかで入手した鍵を使う"],
    unnamed: ["the exchange", "取引所"],
    busy: ["Checking: {percent} %", "確認しています：{percent} %"],
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
    "moment-local": ["In your time zone that is {time}.", "お使いの端末の時刻では {time} です。"],
    age: ["That was {days} days ago. Nothing after that moment is in it.", "{days} 日前の時点です。それより後のことは含まれていません。"],
    "age-future": [
      "By this device's clock that moment has not come yet. Is the clock right?",
      "お使いの端末の時計では、まだ来ていない時点です。時計が正しいか確認してください。",
    ],
    "tests-hold": [
      "By its own account all of its tests hold. Nobody has checked that here.",
      "報告書は、すべての基準を満たしているとしています。この点はここでは確認していません。",
    ],
    replaces: ["It replaces statement {sequence}: {reason}", "第 {sequence} 号を訂正するものです：{reason}"],
    signed: ["Signed by the key {key}, which you brought.", "お手元の鍵 {key} による署名を確認しました。"],
    "signed-name": ["Signed by {name}, key {key}, which you brought.", "{name}（鍵 {key}）による署名を確認しました。"],
    "signed-roles": [
      "Signed by {name}, key {key}, in your key file as {roles}.",
      "{name}（鍵 {key}）による署名を確認しました。鍵一覧での役割：{roles}",
    ],
    "signed-expired": [
      "A signature by {name} does not count: the key was not valid at that time.",
      "{name} による署名は数えません。その時点では有効な鍵ではありませんでした。",
    ],
    "signed-revoked": [
      "A signature by {name} does not count: the key was revoked at {time} ({reason}).",
      "{name} による署名は数えません。鍵は {time} に失効しています（{reason}）。",
    ],
    "signed-others": [
      "Signatures by keys that you did not bring, not looked at: {count}",
      "お手元にない鍵による署名（確認していません）：{count} 件",
    ],
    "found-title": ["Found for you", "あなたの残高"],
    "found-of": ["of {total} owed to all customers", "全顧客の合計 {total} のうち"],
    "page-says": ["Your account page says", "口座画面の残高"],
    "page-asset": ["Your account page says, of {asset}", "口座画面の {asset} の残高"],
    "page-same": ["The same: {amount}.", "一致しています：{amount}"],
    "page-differs": [
      "It differs: counted for you were {amount}, and your page says {typed}. Was it the same moment? If so, keep the proof file and ask the exchange.",
      "一致しません：計上されている残高は {amount}、口座画面は {typed} です。同じ時点のものであれば、証明ファイルを保管し、取引所に問い合わせてください。",
    ],
    "page-absent": ["Your account page shows another asset?", "口座画面に、ほかの資産がありますか"],
    "page-which": ["Asset", "資産"],
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
    "statement-other": ["The number that you got elsewhere", "ほかで入手した番号"],
    "statement-same": ["The same number: it is the same statement.", "同じ番号です。同じ報告書です。"],
    "statement-unlike": [
      "Another number. If it is for statement {sequence} of the same exchange, keep both and tell an auditor or the regulator.",
      "番号が異なります。同じ取引所の第 {sequence} 号のものであれば、両方を保管し、監査人または監督官庁に知らせてください。",
    ],
    "statement-short": ["Type at least its first 16 characters.", "先頭から 16 文字以上を入力してください。"],
    "log-unknown": [
      "Its log was begun with a key that you did not bring. That there is no second log is not covered: give the exchange's key file, or its first key too.",
      "このログは、お手元にない鍵で始められています。別のログがないことは確認していません。取引所の鍵一覧か、最初の鍵も選択してください。",
    ],
    "statement-elsewhere": ["The statement that you got elsewhere is the same one.", "別のところで入手した報告書と同じものです。"],
    "path-title": ["How you were counted", "残高が総額に足されるまで"],
    "path-asset": ["{asset}, leaf {index} of {count}", "{asset}（葉 {index}／全 {count}）"],
    "path-picture": ["Picture of the path from your balance to the signed total", "あなたの残高から署名された総額までの経路図"],
    "path-which": ["Which balance", "残高を選ぶ"],
    "path-piece": ["Part of it", "部分を選ぶ"],
    "path-piece-of": ["part {piece} of {pieces}, leaf {index}", "{pieces} 個中 {piece} 個目（葉 {index}）"],
    "path-keys": ["Arrow keys walk the path; Home and End go to its ends.", "矢印キーで経路をたどれます。Home と End で端に移動します。"],
    "path-all": ["All steps in words", "すべての段を文章で読む"],
    "path-hash": ["Hash {hash}", "ハッシュ {hash}"],
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
    code: ["Code: {code}", "コード：{code}"],
    evidence: ["Save the evidence", "証拠を保存する"],
    "evidence-note": [
      "The file holds both statements with their signatures. Anybody can check it with the exchange's key: show it to an auditor or the regulator.",
      "二つの報告書と署名が入っています。取引所の公開鍵があれば誰でも確認できます。監査人または監督官庁に提示してください。",
    ],
    print: ["Print or save this answer", "この結果を印刷・保存する"],
    "keep-file": [
      "Keep the file as it is, and ask the exchange: it is not what was signed, or not for this account id.",
      "ファイルをそのまま保管し、取引所に問い合わせてください。署名された内容と異なるか、この口座IDのものではありません。",
    ],
    "fetch-again": [
      "Fetch the file again from the exchange; do not open and save it in an editor.",
      "取引所からもう一度ダウンロードしてください。エディターで開いて保存し直さないでください。",
    ],
  };

  let language = "en";
  const pick = (pair) => pair[language === "ja" ? 1 : 0];

  function word(name, values = {}) {
    return pick(WORDS[name]).replace(/\{([a-z]+)\}/g, (_, key) => String(values[key]));
  }

  Object.assign(por, {
    WORDS,
    language: () => language,
    pick,
    setLanguage: (wanted) => { language = wanted === "ja" ? "ja" : "en"; },
    word,
  });
})((globalThis.por ??= {}));
