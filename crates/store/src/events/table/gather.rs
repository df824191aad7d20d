//! Sums up rows by groups, and groups by buckets of time where a chart is asked for.

use tantivy::SegmentReader;

use super::{
    groups::{Groups, Members, OTHER, SegmentGroups},
    measure::{Kept, SegmentRows},
    plan::Plan,
    scan::{Scan, share_out},
};
use crate::events::{Buckets, QuestionError, budget::Share};

/// What was kept of which groups.
pub(super) struct Gathered {
    pub(super) groups: Groups,
    pub(super) kept: Kept,
    share: Share,
}

/// Splits the groups, which are settled before, by time.
pub(super) struct Timeline {
    pub(super) buckets: Buckets,
    /// The place of the timestamp among the fields of the plan.
    pub(super) time: usize,
}

/// Reads all rows. `groups` are those to begin with.
pub(super) fn gather(
    scan: &Scan<'_>,
    segments: &[(usize, &SegmentReader)],
    plan: &Plan,
    groups: &Groups,
    timeline: Option<&Timeline>,
) -> Result<Gathered, QuestionError> {
    let make = || {
        let mut kept = Kept::of_plan(plan);
        let slots = timeline.map_or_else(|| groups.len(), |timeline| timeline.slots(groups));
        let share = scan.budget.share(kept.bytes_of(slots))?;
        kept.resize(slots);
        Ok(Gathered {
            share,
            groups: groups.clone(),
            kept,
        })
    };
    let work = |gathered: &mut Gathered, _, segment| gathered.read(scan, segment, plan, timeline);
    let mut threads = share_out(segments, make, work)?.into_iter();
    let mut whole = match threads.next() {
        Some(first) => first,
        None => make()?,
    };
    for other in threads {
        scan.budget.check()?;
        let numbers = match timeline {
            None => whole.groups.merge(&other.groups),
            // Settled groups have the same slots everywhere.
            Some(timeline) => (0..timeline.slots(groups) as u32).collect(),
        };
        whole.kept.resize(whole.groups.len());
        whole.kept.merge(other.kept, &numbers);
    }
    whole.share.set(whole.groups.bytes() + whole.kept.bytes())?;
    Ok(whole)
}

impl Gathered {
    fn read(
        &mut self,
        scan: &Scan<'_>,
        segment: &SegmentReader,
        plan: &Plan,
        timeline: Option<&Timeline>,
    ) -> Result<(), QuestionError> {
        let Some(mut found) = scan.rows(segment)? else {
            return Ok(());
        };
        let mut rows = SegmentRows::open(plan, scan, segment)?;
        let mut segment_groups = SegmentGroups::open(&mut self.groups, &plan.keys, &rows.readers);
        let mut members = Members::default();
        scan.each(&mut found, |docs| {
            rows.read(docs)?;
            let (readers, codes) = (&rows.readers, &rows.codes);
            segment_groups.assign(&mut self.groups, &plan.keys, readers, codes, &mut members, docs.len())?;
            match timeline {
                None => self.kept.resize(self.groups.len()),
                Some(timeline) => timeline.place(&mut members, &codes[timeline.time], self.groups.len()),
            }
            rows.add(plan, docs, &members, &mut self.kept)?;
            self.share
                .set(self.groups.bytes() + self.kept.bytes() + segment_groups.bytes() + rows.bytes())
        })?;
        rows.finish(plan, &mut self.kept)
    }
}

impl Timeline {
    /// Each group, and behind them all others, has one place a bucket.
    pub(super) fn slots(&self, groups: &Groups) -> usize {
        (groups.len() + 1).saturating_mul(self.buckets.slots)
    }

    /// Puts rows into the buckets of their groups. A row that is in none of the groups is once among the others.
    fn place(&self, members: &mut Members, times: &[u64], groups: usize) {
        let mut kept = 0;
        let mut last = None;
        for place in 0..members.rows.len() {
            let (row, group) = (members.rows[place], members.groups[place]);
            let group = if group != OTHER {
                group as usize
            } else if last == Some(row) || members.is_elsewhere(place) {
                continue;
            } else {
                groups
            };
            last = Some(row);
            if let Some(slot) = self.slot(times[row as usize]) {
                members.rows[kept] = row;
                members.groups[kept] = (group * self.buckets.slots + slot) as u32;
                kept += 1;
            }
        }
        members.rows.truncate(kept);
        members.groups.truncate(kept);
    }

    fn slot(&self, time: u64) -> Option<usize> {
        let since_start = tantivy::u64_to_i64(time).saturating_sub(self.buckets.start.0);
        self.buckets.slot(since_start.div_euclid(self.buckets.width_micros()))
    }
}
