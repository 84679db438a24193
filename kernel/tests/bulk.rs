//! Many proofs at a time: those that one at a time gives, and damage is seen all the same.

mod common;

use common::{KEY, Ledger, Memory, build, noise, to_json};
use por_kernel_core::Code;
use por_kernel_core::bulk::{Ids, Scratch};
use por_kernel_core::entries::prove_many;
use por_kernel_core::prove::Store;
use por_kernel_core::split::Rule;

const RULES: [Rule; 3] =
    [Rule { pieces: 1, above: 0 }, Rule { pieces: 3, above: 1 << 42 }, Rule { pieces: 7, above: 0 }];

fn ledger(count: u64) -> Ledger {
    (0..count).map(|i| (format!("user-{i}"), noise(i) as u128 >> 20)).collect()
}

fn ids(ledger: &Ledger) -> Ids {
    let mut ids = Ids::default();
    ledger.iter().for_each(|(id, _)| ids.push(id.as_bytes()).unwrap());
    ids.push(b"stranger").unwrap();
    ids
}

#[test]
fn the_same_bytes_as_one_proof_at_a_time() {
    for count in (0..=40).chain([63, 64, 65, 300, 1000]) {
        for rule in RULES {
            let ledger = ledger(count);
            let memory = Memory::default();
            build(&ledger, rule, 2, Some(&memory)).unwrap();
            let store = Store::open(memory.take("BTC")).unwrap();
            store.check(2).unwrap();
            let ids = ids(&ledger);
            let lots = prove_many(&[&store], &KEY, &ids, 1 + count as usize % 3).unwrap();
            let mut all = lots.iter().flat_map(|lot| {
                let starts = std::iter::once(0).chain(lot.ends.iter().copied());
                starts.zip(&lot.ends).map(|(start, end)| &lot.bytes[start..*end])
            });
            for (id, _) in &ledger {
                let pieces = store.prove(&KEY, id.as_bytes()).unwrap().unwrap();
                let whole = to_json(&pieces);
                let entries = all.next().unwrap();
                let start = br#"{"entries":"#.len();
                assert_eq!(&whole[start..start + entries.len()], entries, "{count}");
                assert!(whole[start + entries.len()..].starts_with(b",\"format\""));
            }
            assert_eq!((all.next(), all.next()), (Some(&b"[]"[..]), None));
        }
    }
}

#[test]
fn any_changed_byte_is_seen_or_harmless() {
    let (ledger, rule) = (ledger(37), RULES[1]);
    let memory = Memory::default();
    build(&ledger, rule, 1, Some(&memory)).unwrap();
    let (bytes, ids) = (memory.take("BTC"), ids(&ledger));
    let proved = |bytes: &[u8]| {
        let store = Store::open(bytes)?;
        let lots = prove_many(&[&store], &KEY, &ids, 1)?;
        Ok::<_, por_kernel_core::Error>(lots.into_iter().flat_map(|lot| lot.bytes).collect::<Vec<u8>>())
    };
    let good = proved(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        match proved(&changed) {
            Ok(same) => assert_eq!(same, good, "byte {at}"),
            Err(error) => assert!([Code::StoreDamaged, Code::StoreVersion].contains(&error.code), "byte {at}"),
        }
        if let Ok(store) = Store::open(&changed) {
            assert_eq!(store.check(1).map_err(|error| error.code), Err(Code::StoreDamaged), "byte {at}");
        }
    }
}

#[test]
fn ids_and_keys_that_cannot_be() {
    let mut ids = Ids::default();
    ids.push(b"a").unwrap();
    let error = ids.push(b"a b").unwrap_err();
    assert_eq!((error.code, error.message.contains("account 2")), (Code::AccountIdMalformed, true));
    let memory = Memory::default();
    build(&ledger(3), RULES[0], 1, Some(&memory)).unwrap();
    let store = Store::open(memory.take("BTC")).unwrap();
    let code = |key: &[u8]| prove_many(&[&store], key, &ids, 1).err().map(|error| error.code);
    assert_eq!((code(&[0; 32]), code(&[0; 5])), (Some(Code::KeyMismatch), Some(Code::KeyMalformed)));
}

#[test]
fn nodes_of_every_level_are_those_of_the_paths() {
    let ledger = ledger(100);
    let memory = Memory::default();
    let tree = build(&ledger, RULES[0], 1, Some(&memory)).unwrap().remove(0);
    let store = Store::open(memory.take("BTC")).unwrap();
    let top = store.nodes(7, 0, 1).unwrap();
    assert_eq!(top, tree.root.encode());
    for (id, _) in &ledger {
        let piece = store.prove(&KEY, id.as_bytes()).unwrap().unwrap().remove(0);
        let steps: Vec<_> = por_kernel_core::shape::path(piece.index, 100).collect();
        for (step, node) in steps.iter().zip(&piece.path) {
            assert_eq!(store.nodes(step.level, step.sibling, 1).unwrap(), node.encode());
        }
    }
    assert_eq!(store.nodes(3, 0, 13).unwrap().len(), 13 * 48);
    assert_eq!(store.nodes(2, 5, 0).unwrap().len(), 0);
    for (level, first, count) in [(0, 100, 1), (0, 0, 101), (7, 1, 1), (8, 0, 1), (60, 0, 1), (0, u64::MAX, 2)] {
        assert_eq!(store.nodes(level, first, count).unwrap_err().code, Code::ArgumentMalformed);
    }
}

#[test]
fn an_account_stands_under_its_position() {
    let ledger = ledger(500);
    let memory = Memory::default();
    build(&ledger, RULES[1], 2, Some(&memory)).unwrap();
    let store = Store::open(memory.take("BTC")).unwrap();
    let key = store.key(&KEY).unwrap();
    let mut found = Vec::new();
    store.locate(&key, &ids(&ledger), 100..200, &mut Scratch::default(), &mut found).unwrap();
    for (position, pieces) in (100..200).zip(found.chunk_by(|a, b| a.position == b.position)) {
        assert_eq!(pieces[0].position, position);
        assert_eq!(pieces.iter().map(|piece| piece.amount).sum::<u128>(), ledger[position].1);
        assert!(pieces.iter().enumerate().all(|(number, piece)| piece.piece as usize == number));
    }
}
