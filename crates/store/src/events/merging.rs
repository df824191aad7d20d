//! Which segments become one.
//!
//! Every commit makes a small segment, and every segment costs each question something, so they are merged: while a day
//! is written to, those of about equal size, so that a row is rewritten once for each time its segment grows sixteenfold;
//! when nothing comes for a while, small ones with what is not much larger, since they are not packed well yet, or one
//! alone; when the day has passed, nearly all of them. One merge runs at a time, in the calling thread's time.

use tantivy::index::{SegmentId, SegmentMeta};

/// Segments of about one size wait until there are so many.
const TOGETHER: usize = 16;
/// One merge takes at most so many: each holds a block of payloads in memory.
const AT_MOST: usize = 24;

/// What comes for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pace {
    Busy,
    /// Nothing for a while.
    Quiet,
    /// Nothing more is expected.
    Passed,
}

/// What is merged next, if anything.
pub(super) fn next(segments: &[SegmentMeta], pace: Pace, max_rows: u32) -> Option<Vec<SegmentId>> {
    // A removal was interrupted: what it marked is still there.
    if let Some(segment) = segments.iter().find(|segment| segment.has_deletes()) {
        return Some(vec![segment.id()]);
    }
    let mut sizes: Vec<_> = segments.iter().map(SegmentMeta::num_docs).zip(segments).collect();
    sizes.sort_by_key(|(rows, segment)| (*rows, segment.id()));
    let rows: Vec<u32> = sizes.iter().map(|(rows, _)| *rows).collect();
    let together = match pace {
        Pace::Busy => of_one_size(&rows, max_rows),
        // A segment becomes at least twice as large with each merge, so that a trickle does not rewrite a day for each row.
        Pace::Quiet => all(&rows, 1, max_rows),
        Pace::Passed => all(&rows, 4, max_rows),
    }?;
    Some(sizes[together].iter().map(|(_, segment)| segment.id()).collect())
}

type Places = std::ops::Range<usize>;

/// `rows` is sorted.
fn of_one_size(rows: &[u32], max_rows: u32) -> Option<Places> {
    let level = |rows: u32| rows.max(1).ilog(16);
    let mut start = 0;
    while start < rows.len() {
        let of_level = rows[start..]
            .iter()
            .take_while(|size| level(**size) == level(rows[start]))
            .count();
        let together = start..start + fitting(&rows[start..start + of_level], max_rows);
        if together.len() >= TOGETHER {
            return Some(together);
        }
        start += of_level;
    }
    None
}

/// As many of the smallest as fit into one. But a large one is not rewritten for a few late rows: it has at most `times` as
/// many as the others together.
fn all(rows: &[u32], times: u32, max_rows: u32) -> Option<Places> {
    let mut together = fitting(rows, max_rows);
    while together > 1 && rows[together - 1] / times > rows[..together - 1].iter().sum() {
        together -= 1;
    }
    (together > 1).then_some(0..together)
}

/// How many from the first on may become one.
fn fitting(rows: &[u32], max_rows: u32) -> usize {
    let mut sum = 0_u32;
    rows.iter()
        .take(AT_MOST)
        .take_while(|rows| {
            sum = sum.saturating_add(**rows);
            sum <= max_rows
        })
        .count()
}

/// Lets what comes in and is asked go before the merge that the calling thread does. To be called by each merge, since
/// tantivy makes the thread, one a writer for merges alone, and has no hook for its start.
///
/// Where the system refuses, merges take what they get.
pub(super) fn step_back() {
    // As in `nice(1)`: a third of what others get, where there is not enough for all. On Linux priorities are those of
    // threads, and none names the calling one (setpriority(2)); elsewhere this would slow down the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 5) {
        tracing::debug!(%error, "merges are not put behind other work");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_of_about_one_size_are_merged() {
        let check =
            |rows: &[u32], expected: Option<Places>| assert_eq!(of_one_size(rows, 500_000), expected, "{rows:?}");
        check(&[], None);
        check(&[1; 15], None);
        check(&[1; 16], Some(0..16));
        check(&[[1; 15].as_slice(), &[16]].concat(), None);
        check(&[[1].as_slice(), &[700; 16], &[5_000]].concat(), Some(1..17));
        check(&[700; 100], Some(0..AT_MOST));
        // Too large to become one.
        check(&[300_000; 20], None);
        check(&[60_000; 20], None);
        check(&[30_000; 20], Some(0..16));
    }

    #[test]
    fn small_segments_are_merged_when_nothing_comes() {
        let check = |rows: &[u32], expected: Option<Places>| assert_eq!(all(rows, 1, 500_000), expected, "{rows:?}");
        check(&[5], None);
        check(&[5, 6], None);
        check(&[5, 5], Some(0..2));
        check(&[5, 6, 11, 400_000], Some(0..3));
    }

    /// A trickle of rows with pauses rewrites each of them a bounded number of times.
    #[test]
    fn pauses_rewrite_rows_seldom() {
        let (mut segments, mut written) = (Vec::<u32>::new(), 0_u64);
        for _ in 0..10_000 {
            segments.push(1);
            segments.sort_unstable();
            while let Some(places) = all(&segments, 1, 500_000) {
                let merged: u32 = segments.drain(places).sum();
                written += u64::from(merged);
                segments.push(merged);
                segments.sort_unstable();
            }
        }
        assert!(written <= 10_000 * 14, "{written}");
        assert!(segments.len() <= 14, "{segments:?}");
    }

    #[test]
    fn a_day_that_has_passed_has_few_segments() {
        let check = |rows: &[u32], expected: Option<Places>| assert_eq!(all(rows, 4, 500_000), expected, "{rows:?}");
        check(&[], None);
        check(&[5], None);
        check(&[5, 400_000], None);
        check(&[5, 6, 7, 400_000], Some(0..3));
        check(&[5, 100_000, 400_000], None);
        check(&[100_000, 100_000, 400_000], Some(0..2));
        check(&[400_000, 400_000], None);
        check(&[1; 100], Some(0..AT_MOST));
    }

    /// However rows come in, a row is written a bounded number of times and segments stay few.
    #[test]
    fn rows_are_rewritten_seldom() {
        for commit in [1, 30, 700] {
            let (mut segments, mut written, mut added) = (Vec::<u32>::new(), 0_u64, 0_u64);
            for _ in 0..4_000 {
                segments.push(commit);
                added += u64::from(commit);
                segments.sort_unstable();
                while let Some(places) = of_one_size(&segments, 500_000) {
                    let merged: u32 = segments.drain(places).sum();
                    written += u64::from(merged);
                    segments.push(merged);
                    segments.sort_unstable();
                }
                assert!(segments.len() < 70, "{commit}: {segments:?}");
            }
            assert!(written <= added * 5, "{commit}: {written} of {added}");
        }
    }
}
