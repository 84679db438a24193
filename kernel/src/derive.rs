//! Keys: snapshot key -> asset key -> nonce, place and cuts of an account. Sources: RFC 2104 (HMAC), RFC 5869 (HKDF).
//!
//! The two key states of an HMAC are computed once, so that a leaf's secrets cost two compressions.

use crate::error::{Code, Result, refuse};
use crate::hash::{BLOCK, Batch, START, State, bytes, compress};

/// `piece` number that no balance can have: it marks the PRF inputs from which cuts are drawn.
const CUTS: u32 = u32::MAX;

/// An HMAC-SHA-256 key as its two cached states. It is never printed.
#[derive(Clone)]
pub struct Key {
    pub(crate) inner: State,
    pub(crate) outer: State,
}

impl Key {
    /// A key of at most 64 bytes (ours have 32).
    pub fn new(key: &[u8; 32]) -> Self {
        let state = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = START;
            compress(&mut state, &[block]);
            state
        };
        Self { inner: state(0x36), outer: state(0x5c) }
    }

    /// HMAC of head || tail.
    pub fn mac<const H: usize>(&self, head: &[u8; H], tail: &[u8]) -> [u8; 32] {
        let mut batch = Batch::default();
        batch.push(&self.inner, BLOCK as u64, head, tail);
        let inner = bytes(&batch.run()[0]);
        batch.clear();
        batch.push(&self.outer, BLOCK as u64, &inner, &[]);
        bytes(&batch.run()[0])
    }

    /// The 16 bytes by which a store tells that a key is its own. No PRF input starts like this: pieces are below 256.
    pub fn check_value(&self) -> [u8; 16] {
        first16(&self.mac(b"por/1 store key check", &[]))
    }

    /// The secrets of one piece of an account's balance.
    pub fn secrets(&self, piece: u32, account_id: &[u8]) -> Secrets {
        Secrets::split(&self.mac(&piece.to_be_bytes(), account_id))
    }

    /// The 128 random bits of cut `j`.
    pub fn cut(&self, j: u32, account_id: &[u8]) -> u128 {
        let head = (u64::from(CUTS) << 32 | u64::from(j)).to_be_bytes();
        u128::from_be_bytes(first16(&self.mac(&head, account_id)))
    }
}

/// What the PRF gives for one piece: the leaf's salt and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Bytes 0 to 15 of the PRF; they salt the leaf.
    pub nonce: [u8; 16],
    /// Bytes 16 to 31 as a big-endian integer; leaves stand in ascending order of it.
    pub place: u128,
}

impl Secrets {
    pub(crate) fn split(prf: &[u8; 32]) -> Self {
        let mut place = [0; 16];
        place.copy_from_slice(&prf[16..]);
        Self { nonce: first16(prf), place: u128::from_be_bytes(place) }
    }
}

/// The secrets of many leaves at once; keeps its memory from one draw to the next.
#[derive(Default)]
pub struct Draw {
    inner: Batch,
    outer: Batch,
    secrets: Vec<Secrets>,
}

impl Draw {
    /// [`Key::secrets`] for each (key, piece, account id), in their order.
    pub fn secrets<'a>(&mut self, wanted: impl Iterator<Item = (&'a Key, u32, &'a [u8])> + Clone) -> &[Secrets] {
        self.inner.clear();
        self.outer.clear();
        self.secrets.clear();
        for (key, piece, account_id) in wanted.clone() {
            self.inner.push(&key.inner, BLOCK as u64, &piece.to_be_bytes(), account_id);
        }
        for ((key, _, _), inner) in wanted.zip(self.inner.run()) {
            self.outer.push(&key.outer, BLOCK as u64, &bytes(inner), &[]);
        }
        self.secrets.extend(self.outer.run().iter().map(|state| Secrets::split(&bytes(state))));
        &self.secrets
    }
}

/// HKDF-Expand(snapshot_key, "por/1 asset" || 0x00 || asset, 32): one HMAC, since 32 bytes are one block of output.
pub fn asset_key(snapshot_key: &[u8], asset: &str) -> Result<Key> {
    let Ok(key) = <&[u8; 32]>::try_from(snapshot_key) else {
        return refuse(Code::KeyMalformed, format!("the snapshot key has {} bytes", snapshot_key.len()));
    };
    Ok(Key::new(&Key::new(key).mac(b"por/1 asset\0", &[asset.as_bytes(), &[1]].concat())))
}

fn first16(digest: &[u8; 32]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn hmac_of_rfc_4231() {
        let mut key = [0; 32]; // case 1: a key of 20 bytes 0x0b; shorter keys are padded with zeros
        key[..20].fill(0x0b);
        let mac = Key::new(&key).mac(b"Hi ", b"There");
        assert_eq!(hex(&mac), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn hkdf_expand_of_rfc_5869() {
        // case 1: PRK and the first 32 bytes of OKM, with its info in place of ours
        let prk: Vec<u8> = (0..32)
            .map(|i| {
                let text = "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5";
                u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()
            })
            .collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let okm = Key::new(prk[..].try_into().unwrap()).mac(b"", &[&info[..], &[1]].concat());
        assert_eq!(hex(&okm), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    #[test]
    fn secrets_differ_by_piece_asset_and_account() {
        let key = asset_key(&[7; 32], "BTC").unwrap();
        let other = asset_key(&[7; 32], "BTC:lent").unwrap();
        let mut seen = vec![key.secrets(0, b"a"), key.secrets(1, b"a"), key.secrets(0, b"b"), other.secrets(0, b"a")];
        seen.dedup();
        assert_eq!(seen.len(), 4);
        assert_eq!(asset_key(&[7; 31], "BTC").err().unwrap().code, Code::KeyMalformed);
    }
}
