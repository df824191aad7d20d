//! What of each grouping hash a search finds: how many rows and users, since when and until when.

use std::collections::{HashMap, hash_map::Entry};

use model::{ProjectId, Timestamp};
use query::{Condition, Expr, Field, Known};
use tantivy::{DocId, SegmentReader, columnar::StrColumn};

use super::{
    EventIndex, HashHit, Limits, QuestionError, Scope,
    budget::{Budget, Share},
    columns::{self, Values},
    distinct::{Distinct, MOST_SLOTS, MOST_SLOTS_OF_FEW},
    filter::{self, Rows},
    hash,
    table::share_out,
};

/// About what a hash takes in a map, beside its users.
const BYTES_A_HASH: usize = 192;

/// While all counters take less, each is exact for longer.
const FEW_BYTES: usize = 16 << 20;

impl EventIndex {
    /// All hashes of rows that match, those with the newest rows first.
    pub fn hits(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        limits: &Limits,
    ) -> Result<Vec<HashHit>, QuestionError> {
        let budget = Budget::new(limits);
        let hidden = self.hidden();
        let reading = self.reading(&hidden, &budget);
        let readers = self.readers(scope)?;
        let segments: Vec<_> = readers
            .iter()
            .flat_map(|reader| reader.searcher.segment_readers())
            .collect();
        let segments: Vec<_> = segments.into_iter().enumerate().collect();
        let make = || {
            Ok(Totals {
                by_hash: HashMap::new(),
                user_bytes: 0,
                memory: budget.share(0)?,
            })
        };
        let threads = share_out(&segments, make, |totals: &mut Totals, _, segment| {
            let mut rows = filter::rows(segment, scope, filter, reading)?;
            match columns::texts(segment, &Field::Known(Known::Hash))? {
                Some(hashes) if !rows.is_empty() => totals.add(count(segment, hashes, &mut rows, &budget)?),
                _ => Ok(()),
            }
        })?;
        let mut threads = threads.into_iter();
        let mut totals = threads.next().map_or_else(make, Ok)?;
        for other in threads {
            totals.merge(other)?;
        }
        Ok(totals.into_hits())
    }
}

/// The rows of one segment, counted.
fn count(
    segment: &SegmentReader,
    hashes: StrColumn,
    rows: &mut Rows<'_>,
    budget: &Budget,
) -> Result<Tallies, QuestionError> {
    let mut tallies = Tallies::new(segment, hashes)?;
    // A mark for each user that the segment knows.
    let marks = tallies.last_group.len() * size_of::<u32>();
    let mut memory = budget.share(marks)?;
    rows.for_each(budget, |docs| {
        tallies.add(docs);
        memory.set(marks + tallies.bytes())
    })?;
    Ok(tallies)
}

/// Of one hash in one project.
struct Total {
    rows: i64,
    users: Distinct,
    first: i64,
    last: i64,
}

/// Of the segments of one thread.
struct Totals {
    by_hash: HashMap<(i64, String), Total>,
    user_bytes: usize,
    memory: Share,
}

impl Totals {
    fn add(&mut self, mut of_segment: Tallies) -> Result<(), QuestionError> {
        let user_hashes = of_segment.hash_users()?;
        let names = of_segment.hash_names()?;
        let mut users = of_segment.users_seen.into_iter().peekable();
        for (group, tally) in (0..).zip(of_segment.tallies) {
            let total = self
                .by_hash
                .entry((tally.project, names[&tally.hash].clone()))
                .or_insert(Total {
                    rows: 0,
                    users: Distinct::default(),
                    first: tally.first,
                    last: tally.last,
                });
            total.rows += tally.rows;
            total.first = total.first.min(tally.first);
            total.last = total.last.max(tally.last);
            let most_slots = most_slots(self.user_bytes);
            self.user_bytes -= total.users.bytes();
            while let Some((_, user)) = users.next_if(|(of, _)| *of == group) {
                total
                    .users
                    .insert(user_hashes[of_segment.last_group[user as usize] as usize], most_slots);
            }
            self.user_bytes += total.users.bytes();
        }
        self.tell_memory()
    }

    fn merge(&mut self, other: Self) -> Result<(), QuestionError> {
        for (key, other) in other.by_hash {
            match self.by_hash.entry(key) {
                Entry::Vacant(entry) => {
                    self.user_bytes += other.users.bytes();
                    entry.insert(other);
                }
                Entry::Occupied(entry) => {
                    let total = entry.into_mut();
                    total.rows += other.rows;
                    total.first = total.first.min(other.first);
                    total.last = total.last.max(other.last);
                    let most_slots = most_slots(self.user_bytes);
                    self.user_bytes -= total.users.bytes();
                    total.users.merge(&other.users, most_slots);
                    self.user_bytes += total.users.bytes();
                }
            }
        }
        self.tell_memory()
    }

    fn tell_memory(&mut self) -> Result<(), QuestionError> {
        self.memory.set(self.user_bytes + self.by_hash.len() * BYTES_A_HASH)
    }

    fn into_hits(self) -> Vec<HashHit> {
        let mut hits: Vec<_> = self
            .by_hash
            .into_iter()
            .map(|((project, hash), total)| HashHit {
                project: ProjectId(project),
                hash,
                rows: total.rows,
                users: i64::try_from(total.users.count()).unwrap_or(i64::MAX),
                first_seen: Timestamp(total.first),
                last_seen: Timestamp(total.last),
            })
            .collect();
        hits.sort_unstable_by(|left, right| {
            let by_time = right.last_seen.cmp(&left.last_seen);
            by_time.then_with(|| (left.project, &left.hash).cmp(&(right.project, &right.hash)))
        });
        hits
    }
}

fn most_slots(user_bytes: usize) -> usize {
    if user_bytes < FEW_BYTES {
        MOST_SLOTS_OF_FEW
    } else {
        MOST_SLOTS
    }
}

/// Of one segment, by ordinals instead of texts.
struct Tallies {
    hashes: StrColumn,
    hash_ordinals: Values<u64>,
    projects: Values<i64>,
    times: Values<i64>,
    users: Option<(StrColumn, Values<u64>)>,
    /// The ordinals that stand for no hash and no user.
    no_hash: Option<u64>,
    no_user: Option<u64>,
    groups: HashMap<(i64, u64), usize>,
    tallies: Vec<Tally>,
    /// Of the row before: rows of a hash lie next to each other.
    last: Option<((i64, u64), usize)>,
    /// For each user, the group (plus one) that it was seen in last: so it is noted once for each run of rows.
    last_group: Vec<u32>,
    /// Group and user.
    users_seen: Vec<(u32, u32)>,
}

struct Tally {
    project: i64,
    hash: u64,
    rows: i64,
    first: i64,
    last: i64,
}

impl Tallies {
    fn new(segment: &SegmentReader, hashes: StrColumn) -> Result<Self, QuestionError> {
        let users = columns::texts(segment, &Field::Known(Known::User))?;
        Ok(Self {
            hash_ordinals: Values::new(hashes.ords().clone()),
            projects: Values::new(columns::projects(segment)?),
            times: Values::new(columns::timestamps(segment)?),
            no_hash: columns::empty_text(&hashes)?,
            no_user: users.as_ref().map_or(Ok(None), columns::empty_text)?,
            last_group: vec![0; users.as_ref().map_or(0, |users| users.num_terms())],
            users: users.map(|users| (users.clone(), Values::new(users.ords().clone()))),
            groups: HashMap::new(),
            tallies: Vec::new(),
            last: None,
            users_seen: Vec::new(),
            hashes,
        })
    }

    fn add(&mut self, docs: &[DocId]) {
        let (docs, hashes) = self.hash_ordinals.read(docs);
        let (_, projects) = self.projects.read(docs);
        let (_, times) = self.times.read(docs);
        let mut users = Users::of(self.users.as_mut().map(|(_, users)| users.read(docs)));
        for (((doc, hash), project), time) in docs.iter().zip(hashes).zip(projects).zip(times) {
            if self.no_hash == Some(*hash) {
                continue;
            }
            let key = (*project, *hash);
            let group = match self.last {
                Some((last, group)) if last == key => group,
                _ => *self.groups.entry(key).or_insert_with(|| {
                    self.tallies.push(Tally {
                        project: *project,
                        hash: *hash,
                        rows: 0,
                        first: *time,
                        last: *time,
                    });
                    self.tallies.len() - 1
                }),
            };
            self.last = Some((key, group));
            let tally = &mut self.tallies[group];
            tally.rows += 1;
            tally.first = tally.first.min(*time);
            tally.last = tally.last.max(*time);
            if let Some(user) = users.of_row(*doc).filter(|user| self.no_user != Some(*user)) {
                // Rows of a segment, and so groups and users, are counted in 32 bits.
                let (group, user) = (group as u32, user as u32);
                let last = &mut self.last_group[user as usize];
                if *last != group + 1 {
                    *last = group + 1;
                    self.users_seen.push((group, user));
                }
            }
        }
    }

    /// The texts of the hashes, by ordinal.
    fn hash_names(&self) -> Result<HashMap<u64, String>, QuestionError> {
        let mut ordinals: Vec<u64> = self.tallies.iter().map(|tally| tally.hash).collect();
        ordinals.sort_unstable();
        ordinals.dedup();
        let mut names = HashMap::with_capacity(ordinals.len());
        let mut next = ordinals.iter();
        self.hashes.dictionary().sorted_ords_to_term_cb(&ordinals, |term| {
            if let Some(ordinal) = next.next() {
                names.insert(*ordinal, String::from_utf8_lossy(term).into_owned());
            }
        })?;
        Ok(names)
    }

    /// A number for each user that was seen, equal in all segments. Their places then stand in `last_group`, and the
    /// users are sorted by group.
    fn hash_users(&mut self) -> Result<Vec<u64>, QuestionError> {
        let Some((users, _)) = &self.users else {
            return Ok(Vec::new());
        };
        let mut ordinals: Vec<u64> = self.users_seen.iter().map(|(_, user)| u64::from(*user)).collect();
        ordinals.sort_unstable();
        ordinals.dedup();
        for (place, ordinal) in (0..).zip(&ordinals) {
            self.last_group[*ordinal as usize] = place;
        }
        let mut hashes = Vec::with_capacity(ordinals.len());
        users
            .dictionary()
            .sorted_ords_to_term_cb(&ordinals, |term| hashes.push(hash::of_bytes(term)))?;
        self.users_seen.sort_by_key(|(group, _)| *group);
        Ok(hashes)
    }

    fn bytes(&self) -> usize {
        self.users_seen.capacity() * size_of::<(u32, u32)>()
            + self.tallies.capacity() * (size_of::<Tally>() + size_of::<((i64, u64), usize)>())
    }
}

/// The users of a block of rows, asked for in the order of the rows.
struct Users<'a> {
    docs: &'a [DocId],
    users: &'a [u64],
}

impl<'a> Users<'a> {
    fn of(read: Option<(&'a [DocId], &'a [u64])>) -> Self {
        let (docs, users) = read.unwrap_or_default();
        Self { docs, users }
    }

    fn of_row(&mut self, doc: DocId) -> Option<u64> {
        while let ([first, docs @ ..], [user, users @ ..]) = (self.docs, self.users)
            && *first <= doc
        {
            (self.docs, self.users) = (docs, users);
            if *first == doc {
                return Some(*user);
            }
        }
        None
    }
}
