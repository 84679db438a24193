//! Which nodes: the shape of the tree from its count alone. Source: RFC 9162, section 2.1.1.
//!
//! A node is (level, index): it covers the leaves from index * 2^level on. Level by level, neighbours are paired and
//! an odd last one moves up unpaired; that is the same tree as "the left subtree holds the largest power of two
//! smaller than the count".

/// Counts and indices stay below this, so that they are exact in any JSON reader.
pub const MAX_COUNT: u64 = 1 << 53;

/// Nodes of a level, the unpaired last one included.
pub fn width(count: u64, level: u32) -> u64 {
    count.div_ceil(1 << level)
}

/// Levels from the leaves to the root, so the root is at this level. Of no leaves or one leaf: 0.
pub fn height(count: u64) -> u32 {
    if count <= 1 { 0 } else { u64::BITS - (count - 1).leading_zeros() }
}

/// One step of an inclusion path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Level of the sibling.
    pub level: u32,
    /// Index of the sibling in its level.
    pub sibling: u64,
    /// Whether the sibling stands on the left.
    pub left: bool,
}

/// The path of leaf `index` among `count` leaves, from the leaf to the root. Needs `index < count`.
pub fn path(index: u64, count: u64) -> impl Iterator<Item = Step> {
    (0..height(count)).filter_map(move |level| {
        let sibling = (index >> level) ^ 1;
        (sibling < width(count, level)).then_some(Step { level, sibling, left: sibling & 1 == 0 })
    })
}

/// The length of that path in closed form: steps shared with the last leaf's path are only those to the left.
pub fn path_length(index: u64, count: u64) -> usize {
    let inner = u64::BITS - (index ^ (count - 1)).leading_zeros();
    (inner + (index.checked_shr(inner).unwrap_or(0)).count_ones()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9162 word for word: the split point is the largest power of two smaller than the count.
    fn sides(index: u64, count: u64) -> Vec<bool> {
        if count == 1 {
            return Vec::new();
        }
        let split = 1 << (u64::BITS - 1 - (count - 1).leading_zeros());
        let mut path = if index < split { sides(index, split) } else { sides(index - split, count - split) };
        path.push(index >= split);
        path
    }

    #[test]
    fn paths_are_those_of_the_rfc() {
        for count in 1..140 {
            for index in 0..count {
                let ours: Vec<bool> = path(index, count).map(|step| step.left).collect();
                assert_eq!(ours, sides(index, count), "{index} of {count}");
                assert_eq!(ours.len(), path_length(index, count));
            }
        }
    }

    #[test]
    fn large_counts_do_not_overflow() {
        for index in [0, 1, MAX_COUNT / 2, MAX_COUNT - 2] {
            assert_eq!(path(index, MAX_COUNT - 1).count(), path_length(index, MAX_COUNT - 1));
        }
        assert_eq!((height(0), height(1), height(2), height(3)), (0, 0, 1, 2));
    }
}
