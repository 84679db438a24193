//! Whole builds against a model that is slow and obvious: every count to 70, every proof, any number of threads.

mod common;

use common::{KEY, Ledger, Memory, build, collect, noise, statement, to_json};
use por_kernel_core::compact::Node;
use por_kernel_core::derive::asset_key;
use por_kernel_core::prove::Store;
use por_kernel_core::settings::{Asset, Settings};
use por_kernel_core::split::Rule;
use por_kernel_core::{Code, hash, verify};

/// RFC 9162, 2.1.1, word for word, with sums.
fn root(leaves: &[Node]) -> Node {
    match leaves.len() {
        0 => Node::empty(),
        1 => leaves[0],
        count => {
            let split = count.next_power_of_two() / 2;
            Node::parent(&root(&leaves[..split]), &root(&leaves[split..])).unwrap()
        }
    }
}

fn model(ledger: &Ledger, rule: Rule) -> (u64, Node) {
    let key = asset_key(&KEY, "BTC").unwrap();
    let mut placed = Vec::new();
    for (account_id, balance) in ledger {
        let mut pieces = Vec::new();
        rule.split(&key, account_id.as_bytes(), *balance, &mut pieces);
        for (piece, amount) in (0..).zip(pieces) {
            let secrets = key.secrets(piece, account_id.as_bytes());
            let hash = hash::leaf(&secrets.nonce, amount, account_id.as_bytes());
            placed.push((secrets.place, Node { hash, sum: amount }));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    let leaves: Vec<Node> = placed.into_iter().map(|(_, node)| node).collect();
    (leaves.len() as u64, root(&leaves))
}

fn ledger(count: u64) -> Ledger {
    (0..count).map(|i| (format!("user-{i}-{}", "x".repeat((i * 37 % 150) as usize)), noise(i) as u128 >> 20)).collect()
}

#[test]
fn roots_stores_and_proofs_are_the_models() {
    for count in (0..=70).chain([127, 128, 129]) {
        for rule in [Rule { pieces: 1, above: 0 }, Rule { pieces: 3, above: 1 << 42 }] {
            let ledger = ledger(count);
            let stores = Memory::default();
            let tree = build(&ledger, rule, 1 + (count as usize % 8), Some(&stores)).unwrap().remove(0);
            assert_eq!((tree.count, tree.root), model(&ledger, rule));
            let store = Store::open(stores.take("BTC")).unwrap();
            let statement = statement(&tree, rule);
            for (account_id, balance) in &ledger {
                let pieces = store.prove(&KEY, account_id.as_bytes()).unwrap().unwrap();
                let found = verify::verify(&to_json(&pieces), &statement, account_id.as_bytes()).unwrap();
                assert_eq!(found[0].amount, *balance);
                let stranger = verify::verify(&to_json(&pieces), &statement, b"stranger").unwrap_err();
                assert_eq!(stranger.code, Code::RootMismatch);
            }
            assert_eq!(store.prove(&KEY, b"stranger").unwrap(), None);
            assert_eq!(store.prove(&[0; 32], b"stranger").unwrap_err().code, Code::KeyMismatch);
        }
    }
}

#[test]
fn neither_threads_nor_batches_nor_order_leave_a_trace() {
    // enough leaves for all 256 buckets to be reduced on their own
    let mut ledger = ledger(70_000);
    let rule = Rule { pieces: 2, above: 1 << 43 };
    let wanted = model(&ledger, rule);
    let mut files = Vec::new();
    for threads in 1..=8 {
        let stores = Memory::default();
        let tree = build(&ledger, rule, threads, Some(&stores)).unwrap().remove(0);
        assert_eq!((tree.count, tree.root), wanted, "{threads} threads");
        files.push(stores.take("BTC"));
        ledger.rotate_left(9_999);
    }
    assert!(files.windows(2).all(|pair| pair[0] == pair[1]));
    let store = Store::open(&files[0]).unwrap();
    for (account_id, balance) in ledger.iter().step_by(997) {
        let pieces = store.prove(&KEY, account_id.as_bytes()).unwrap().unwrap();
        assert_eq!(pieces.iter().map(|piece| piece.amount).sum::<u128>(), *balance);
    }
    assert_eq!(store.prove(&KEY, b"stranger").unwrap(), None);
}

#[test]
fn a_repeated_row_is_refused_once_even_when_it_is_split() {
    let mut ledger = ledger(20);
    ledger.push(ledger[4].clone());
    ledger.push((ledger[7].0.clone(), u128::MAX / 2));
    let error = build(&ledger, Rule { pieces: 5, above: 1 }, 3, None).unwrap_err();
    assert_eq!((error.code, error.row), (Code::RowRepeated, Some(21)));
    assert_eq!((error.faults[0].count, &error.faults[0].rows), (2, &vec![21, 22]));
}

#[test]
fn rows_of_one_account_are_added_up_where_asked() {
    let once = ledger(50);
    let rule = Rule { pieces: 3, above: 1 << 42 };
    let mut parts: Ledger = once.iter().map(|(id, balance)| (id.clone(), balance / 3)).collect();
    parts.extend(once.iter().map(|(id, balance)| (id.clone(), balance - balance / 3)));
    for threads in 1..=4 {
        let tree = common::build_with(&parts, rule, threads, None, true).unwrap().remove(0);
        assert_eq!((tree.count, tree.root), model(&once, rule));
    }
    parts.push((once[9].0.clone(), u128::MAX));
    let error = common::build_with(&parts, rule, 2, None, true).unwrap_err();
    assert_eq!((error.code, error.row), (Code::SumOverflow, Some(10)));
}

#[test]
fn totals_do_not_wrap() {
    let ledger = vec![("a".to_string(), u128::MAX), ("b".to_string(), 1)];
    // rows that come judged: the sum is checked by the tree itself
    let error = build(&ledger, Rule { pieces: 1, above: 0 }, 1, None).unwrap_err();
    assert_eq!(error.code, Code::SumOverflow);
    assert!(error.message.starts_with("BTC: "), "{}", error.message);
}

#[test]
fn any_changed_byte_of_a_store_is_seen_or_harmless() {
    let ledger = ledger(37);
    let rule = Rule { pieces: 2, above: 1 << 43 };
    let stores = Memory::default();
    build(&ledger, rule, 2, Some(&stores)).unwrap();
    let bytes = stores.take("BTC");
    let store = Store::open(&bytes).unwrap();
    let mine: Vec<_> = ledger.iter().map(|(id, _)| store.prove(&KEY, id.as_bytes()).unwrap()).collect();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let Ok(store) = Store::open(&changed) else { continue };
        for ((id, _), good) in ledger.iter().zip(&mine).step_by(1 + at % 5) {
            match store.prove(&KEY, id.as_bytes()) {
                Ok(proof) => assert_eq!(&proof, good, "byte {at}"),
                Err(error) => assert_eq!(error.code, Code::StoreDamaged, "byte {at}"),
            }
        }
        match store.prove(&KEY, b"stranger") {
            Ok(found) => assert_eq!(found, None),
            Err(error) => assert_eq!(error.code, Code::StoreDamaged),
        }
    }
    for length in 0..bytes.len() {
        assert_eq!(Store::open(&bytes[..length]).err().map(|error| error.code), Some(Code::StoreDamaged));
    }
}

#[test]
fn several_assets_are_kept_apart() {
    let asset = |code| Asset::new(code, 8, Rule { pieces: 1, above: 0 }, &KEY).unwrap();
    let settings = Settings::new(vec![asset("ETH"), asset("BTC:lent"), asset("BTC")], false, false).unwrap();
    let codes: Vec<&str> = settings.assets.iter().map(|asset| asset.code.as_str()).collect();
    assert_eq!(codes, ["BTC", "BTC:lent", "ETH"]);
    let trees = collect(settings, &[(0, "a", 1), (1, "a", 10), (1, "b", 20)], 2, None).unwrap();
    let sums: Vec<_> = trees.iter().map(|tree| (tree.count, tree.root.sum)).collect();
    assert_eq!(sums, [(1, 1), (2, 30), (0, 0)]);
    assert!(Settings::new(vec![asset("BTC"), asset("BTC")], false, false).is_err());
}
