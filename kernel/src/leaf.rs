//! Leaves and rows on their way into a tree, in memory and as records of files. Records are little-endian.

use crate::store::array;

/// A leaf on its way into the tree. 72 bytes: halves instead of u128, whose alignment would cost 8 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    place: [u64; 2],
    amount: [u64; 2],
    /// The leaf's hash.
    pub hash: [u8; 32],
    /// The ledger row it came from, doubled; one more when it is not the balance's first piece.
    origin: u64,
}

impl Leaf {
    /// Bytes of a record.
    pub const SIZE: usize = 72;

    /// A leaf of piece `piece` of the balance in ledger row `row`.
    pub fn new(place: u128, amount: u128, hash: [u8; 32], row: u64, piece: u32) -> Self {
        Self { place: halves(place), amount: halves(amount), hash, origin: row << 1 | u64::from(piece > 0) }
    }

    /// Where it stands.
    pub fn place(&self) -> u128 {
        join(self.place)
    }

    /// The first eight bytes of its place.
    pub fn prefix(&self) -> u64 {
        self.place[0]
    }

    /// Base units.
    pub fn amount(&self) -> u128 {
        join(self.amount)
    }

    /// The ledger row it came from.
    pub fn row(&self) -> u64 {
        self.origin >> 1
    }

    /// Whether it is the first piece of its balance, or the whole of it.
    pub fn is_first_piece(&self) -> bool {
        self.origin & 1 == 0
    }

    /// Append the record.
    pub fn write(&self, out: &mut Vec<u8>) {
        for word in [self.place[0], self.place[1], self.amount[0], self.amount[1], self.origin] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.hash);
    }

    /// The inverse of [`Leaf::write`].
    pub fn read(record: &[u8; Self::SIZE]) -> Self {
        let word = |number: usize| u64::from_le_bytes(array(&record[8 * number..8 * number + 8]));
        Self { place: [word(0), word(1)], amount: [word(2), word(3)], origin: word(4), hash: array(&record[40..]) }
    }
}

fn join([high, low]: [u64; 2]) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

fn halves(value: u128) -> [u64; 2] {
    [(value >> 64) as u64, value as u64]
}

/// A row that waits for others of its account; the id lies in the bucket's `ids`.
#[derive(Clone, Copy)]
pub struct Waiting {
    /// Place of the balance's first piece: rows of one account share it.
    pub place: u128,
    /// Base units.
    pub amount: u128,
    /// The ledger row.
    pub number: u64,
    /// Where the id begins.
    pub id_at: usize,
    /// How long it is: 1 to 255 bytes.
    pub id_len: usize,
}

impl Waiting {
    /// Bytes of a record before the id.
    pub const HEAD: usize = 41;

    /// Append the record.
    pub fn write(&self, ids: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.place.to_le_bytes());
        out.extend_from_slice(&self.amount.to_le_bytes());
        out.extend_from_slice(&self.number.to_le_bytes());
        out.push(self.id_len as u8);
        out.extend_from_slice(&ids[self.id_at..self.id_at + self.id_len]);
    }

    /// Read the record at the front of `records`, its id appended to `ids`; None when it is not whole.
    pub fn read(records: &[u8], ids: &mut Vec<u8>) -> Option<(Self, usize)> {
        let head: &[u8; Self::HEAD] = records.first_chunk()?;
        let id_len = usize::from(head[40]);
        let id = records.get(Self::HEAD..Self::HEAD + id_len)?;
        let id_at = ids.len();
        ids.extend_from_slice(id);
        let waiting = Self {
            place: u128::from_le_bytes(array(&head[..16])),
            amount: u128::from_le_bytes(array(&head[16..32])),
            number: u64::from_le_bytes(array(&head[32..40])),
            id_at,
            id_len,
        };
        Some((waiting, Self::HEAD + id_len))
    }
}

/// Leaves (or waiting rows) whose places share a first byte. Blocks of fixed size: nothing is copied on growth, and the
/// one being filled is held here, one jump nearer.
#[derive(Default)]
pub struct Bucket {
    last: Vec<Leaf>,
    full: Vec<Vec<Leaf>>,
    /// Rows to be added up.
    pub waiting: Vec<Waiting>,
    /// Their account ids.
    pub ids: Vec<u8>,
}

impl Bucket {
    const SMALLEST: usize = 8;
    const LARGEST: usize = 1024;

    /// Add a leaf; returns the bytes of memory that it newly took.
    pub fn push(&mut self, leaf: Leaf) -> usize {
        let mut taken = 0;
        if self.last.len() == self.last.capacity() {
            let room = (2 * self.last.len()).clamp(Self::SMALLEST, Self::LARGEST);
            let full = std::mem::replace(&mut self.last, Vec::with_capacity(room));
            taken = room * Self::SIZE_OF_LEAF;
            if !full.is_empty() {
                self.full.push(full);
            }
        }
        self.last.push(leaf);
        taken
    }

    const SIZE_OF_LEAF: usize = size_of::<Leaf>();

    /// Add a row that waits; returns the bytes of memory that it newly took.
    pub fn wait(&mut self, place: u128, amount: u128, number: u64, account_id: &[u8]) -> usize {
        let room = |bucket: &Self| bucket.waiting.capacity() * size_of::<Waiting>() + bucket.ids.capacity();
        let before = room(self);
        self.waiting.push(Waiting { place, amount, number, id_at: self.ids.len(), id_len: account_id.len() });
        self.ids.extend_from_slice(account_id);
        room(self) - before
    }

    /// Add waiting rows of one account up, so that no number of them takes more room than one. Those whose sum would
    /// reach 2^128 stay apart: that is found when all are there.
    pub fn add_up(&mut self) {
        self.waiting.sort_unstable_by_key(|row| (row.place, row.number));
        self.waiting.dedup_by(|later, first| {
            let sum = first.amount.checked_add(later.amount).filter(|_| later.place == first.place);
            first.amount = sum.unwrap_or(first.amount);
            sum.is_some()
        });
    }

    /// Leave out leaves of places that an earlier row has, and return (row, that earlier row) of each balance among them.
    pub fn leave_out_repeats(&mut self) -> Vec<(u64, u64)> {
        let mut leaves: Vec<Leaf> = self.leaves().copied().collect();
        leaves.sort_unstable_by_key(|leaf| (leaf.place(), leaf.row()));
        let mut repeats = Vec::new();
        leaves.dedup_by(|later, first| {
            let again = later.place() == first.place();
            if again && later.is_first_piece() {
                repeats.push((later.row(), first.row()));
            }
            again
        });
        (self.last, self.full) = (leaves, Vec::new());
        repeats
    }

    /// The leaves, in the order of their coming.
    pub fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.full.iter().flatten().chain(&self.last)
    }

    /// How many leaves there are.
    pub fn len(&self) -> u64 {
        (self.full.iter().map(Vec::len).sum::<usize>() + self.last.len()) as u64
    }

    /// Whether there are no leaves.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back() {
        let leaf = Leaf::new(u128::MAX - 5, 7 << 70, [9; 32], 1 << 60, 3);
        let mut record = Vec::new();
        leaf.write(&mut record);
        assert_eq!(Leaf::read(record.first_chunk().unwrap()), leaf);
        assert_eq!((leaf.row(), leaf.is_first_piece(), record.len()), (1 << 60, false, Leaf::SIZE));
        let mut bucket = Bucket::default();
        for id in ["a", &"b".repeat(255)] {
            bucket.wait(5, 6, 7, id.as_bytes());
        }
        let mut records = Vec::new();
        bucket.waiting.iter().for_each(|row| row.write(&bucket.ids, &mut records));
        let mut ids = vec![0; 3];
        let (first, length) = Waiting::read(&records, &mut ids).unwrap();
        let (second, rest) = Waiting::read(&records[length..], &mut ids).unwrap();
        assert_eq!((first.place, first.amount, first.number, first.id_at), (5, 6, 7, 3));
        assert_eq!((second.id_at, second.id_len, length + rest), (4, 255, records.len()));
        assert!(Waiting::read(&records[..length - 1], &mut ids).is_none());
    }
}
