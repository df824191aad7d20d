//! A field of the rows of one segment, as codes: numbers that are equal where values are, and have their order.

use std::{collections::HashMap, sync::Arc};

use model::ProjectId;
use query::{Field, Kind, Known};
use tantivy::{DocId, SegmentReader, columnar::StrColumn};

use super::{
    plan::unsupported,
    scalar::{Ordered, Scalar},
    scan::Scan,
};
use crate::events::{
    Bindings, Cell, QuestionError,
    columns::{self, Values},
    hash,
    hash_texts::Texts,
    schema,
    segment_cache::SegmentCache,
};

/// The code of a row without the value.
pub(super) const NONE: u64 = u64::MAX;

/// What the ids of events are hashed by.
const ID_HALVES: u64 = 0x5851_f42d_4c95_7f2d;

/// About as many values lie in a block of a dictionary, which is decompressed to read one of them.
const ENTRIES_OF_A_BLOCK: usize = 64;

pub(super) struct FieldReader<'a> {
    source: Source<'a>,
    /// Of users, of all segments.
    cache: Option<(&'a SegmentCache<Vec<u64>>, &'a SegmentReader)>,
    /// The hashes of all values, by code; else those that were wanted so far.
    all_hashes: Option<Arc<Vec<u64>>>,
    /// `Kind::Texts`: an entry of the dictionary holds all values of a row.
    several: bool,
    /// By ordinal: the hashes of an entry's values, as a range of `hashes`; empty while unknown.
    hash_places: Vec<(u32, u32)>,
    hashes: Vec<u64>,
}

enum Source<'a> {
    Absent,
    Text {
        dictionary: StrColumn,
        ordinals: Values<u64>,
        /// Of the empty text, which stands for no value.
        empty: u64,
    },
    Number(Values<f64>),
    Time(Values<i64>),
    Flag(Values<bool>),
    Project(Values<i64>),
    EventId {
        high: Values<u64>,
        low: Values<u64>,
        ids: Vec<u128>,
        codes: HashMap<u128, u64>,
    },
    Issue(Box<IssueSource<'a>>),
}

/// Issues are found by project and hash.
struct IssueSource<'a> {
    bindings: &'a Bindings,
    texts: Arc<Texts>,
    projects: Values<i64>,
    hashes: Values<u64>,
    /// By ordinal of the hash: the project that it was looked up in last, and the rank of the issue there.
    found: Vec<(i64, u64)>,
}

/// Stands for none in [`IssueSource::found`]: no project has this id.
const NO_PROJECT: i64 = i64::MIN;

impl<'a> FieldReader<'a> {
    pub(super) fn open(scan: &Scan<'a>, segment: &'a SegmentReader, field: &Field) -> Result<Self, QuestionError> {
        let source = match (field.kind(), field) {
            (Kind::Text | Kind::Texts, _) => Source::text(columns::texts(segment, field)?)?,
            (Kind::Number | Kind::Duration, _) => {
                columns::numbers(segment, field)?.map_or(Source::Absent, |column| Source::Number(Values::new(column)))
            }
            (Kind::Flag, Field::Known(known)) => {
                columns::flags(segment, *known)?.map_or(Source::Absent, |column| Source::Flag(Values::new(column)))
            }
            (Kind::Time, Field::Known(known)) => {
                columns::times(segment, *known)?.map_or(Source::Absent, |column| Source::Time(Values::new(column)))
            }
            (Kind::Project, _) => Source::Project(Values::new(columns::projects(segment)?)),
            (Kind::EventId, _) => {
                let (high, low) = columns::ids(segment)?;
                Source::EventId {
                    high: Values::new(high),
                    low: Values::new(low),
                    ids: Vec::new(),
                    codes: HashMap::new(),
                }
            }
            (Kind::Issue, _) => Source::issue(segment, scan)?,
            // Tags are texts, and what is made up otherwise is a number.
            (Kind::Flag | Kind::Time, _) => Source::Absent,
        };
        let cache = (*field == Field::Known(Known::User)).then_some((scan.user_hashes, segment));
        Ok(Self {
            source,
            cache,
            all_hashes: cache.and_then(|(cache, segment)| cache.known(segment)),
            several: field.kind() == Kind::Texts,
            hash_places: Vec::new(),
            hashes: Vec::new(),
        })
    }

    /// The codes of these rows, which are ascending.
    pub(super) fn read(&mut self, docs: &[DocId], codes: &mut Vec<u64>) -> Result<(), QuestionError> {
        match &mut self.source {
            Source::Absent => {
                codes.clear();
                codes.resize(docs.len(), NONE);
            }
            Source::Text { ordinals, empty, .. } => {
                let empty = *empty;
                fill(
                    ordinals,
                    docs,
                    codes,
                    |ordinal| if ordinal == empty { NONE } else { ordinal },
                );
            }
            Source::Number(values) => fill(values, docs, codes, |number| Ordered::of(number).0),
            Source::Time(values) | Source::Project(values) => fill(values, docs, codes, tantivy::i64_to_u64),
            Source::Flag(values) => fill(values, docs, codes, u64::from),
            Source::EventId {
                high,
                low,
                ids,
                codes: known,
            } => {
                let (_, high) = high.read(docs);
                let (_, low) = low.read(docs);
                codes.clear();
                codes.extend(high.iter().zip(low).map(|(high, low)| {
                    let id = u128::from(*high) << 64 | u128::from(*low);
                    *known.entry(id).or_insert_with(|| {
                        ids.push(id);
                        ids.len() as u64 - 1
                    })
                }));
            }
            Source::Issue(source) => source.read(docs, codes),
        }
        Ok(())
    }

    /// How many codes there are at most, where they are small.
    pub(super) fn codes(&self) -> Option<usize> {
        match &self.source {
            Source::Text { dictionary, .. } => Some(dictionary.num_terms()),
            Source::Absent => Some(0),
            Source::Flag(_) => Some(2),
            Source::Issue(source) => Some(source.bindings.ranks()),
            _ => None,
        }
    }

    /// Where the value of a code stands among those of this segment.
    pub(super) fn place(&self, code: u64) -> u128 {
        match &self.source {
            Source::EventId { ids, .. } => ids[code as usize],
            _ => u128::from(code),
        }
    }

    /// How a value of a row is shown.
    pub(super) fn cell(&self, scalar: Scalar) -> Cell {
        match scalar {
            Scalar::Text(entry) if self.several => Cell::Texts(texts(&entry).map(str::to_owned).collect()),
            scalar => scalar.into(),
        }
    }

    /// The values of these codes (ascending, `NONE` not among them). Several texts of a row are still one.
    pub(super) fn scalars(&self, codes: &[u64], mut each: impl FnMut(u64, Scalar)) -> Result<(), QuestionError> {
        if let Source::Text { dictionary, .. } = &self.source {
            return entries(dictionary, codes, |code, text| {
                each(code, Scalar::Text(Arc::from(text)));
            });
        }
        for code in codes {
            each(*code, self.scalar(*code));
        }
        Ok(())
    }

    /// The same, with each of several texts apart: `each` gets all values of a code, one after the other.
    pub(super) fn single_scalars(&self, codes: &[u64], mut each: impl FnMut(u64, Scalar)) -> Result<(), QuestionError> {
        match &self.source {
            Source::Text { dictionary, .. } if self.several => entries(dictionary, codes, |code, entry| {
                let mut texts = texts(entry).peekable();
                if texts.peek().is_none() {
                    each(code, Scalar::Null);
                }
                texts.for_each(|text| each(code, Scalar::Text(Arc::from(text))));
            }),
            _ => self.scalars(codes, each),
        }
    }

    /// Of numbers, times, flags, projects, issues and ids.
    fn scalar(&self, code: u64) -> Scalar {
        match &self.source {
            Source::Number(_) => Scalar::Number(Ordered(code)),
            Source::Time(_) => Scalar::Time(tantivy::u64_to_i64(code)),
            Source::Flag(_) => Scalar::Flag(code != 0),
            Source::Project(_) => Scalar::Project(tantivy::u64_to_i64(code)),
            Source::Issue(source) => Scalar::Issue(source.bindings.ranked(code as u32).0),
            Source::EventId { ids, .. } => Scalar::EventId(ids[code as usize]),
            Source::Absent | Source::Text { .. } => Scalar::Null,
        }
    }

    /// Makes the hashes of the values of these codes known.
    pub(super) fn learn_hashes(&mut self, codes: &[u64]) -> Result<(), QuestionError> {
        let Source::Text { dictionary, .. } = &self.source else {
            return Ok(());
        };
        if self.all_hashes.is_some() {
            return Ok(());
        }
        let (places, hashes) = (&mut self.hash_places, &mut self.hashes);
        places.resize(dictionary.num_terms(), (0, 0));
        let mut wanted = unknown(codes, |code| places[code as usize].1 == 0, Some(places.len()));
        // Where the look touches nearly every block of the dictionary, take all of it: the next rows need no look then.
        if wanted.len() > 1 && wanted.len() * ENTRIES_OF_A_BLOCK >= places.len() {
            if let Some((cache, segment)) = self.cache {
                self.all_hashes = Some(cache.of(segment, || hashes_of_all(dictionary))?);
                return Ok(());
            }
            wanted = (0..places.len() as u64)
                .filter(|code| places[*code as usize].1 == 0)
                .collect();
        }
        let several = self.several;
        entries(dictionary, &wanted, |code, entry| {
            let start = hashes.len() as u32;
            if several {
                hashes.extend(texts(entry).map(|text| hash::of_bytes(text.as_bytes())));
            } else {
                hashes.push(hash::of_bytes(entry.as_bytes()));
            }
            places[code as usize] = (start, hashes.len() as u32);
        })
    }

    /// The hashes of the values of a code whose hashes were learned.
    #[inline]
    pub(super) fn hashes(&self, code: u64, mut each: impl FnMut(u64)) {
        match &self.source {
            _ if code == NONE => {}
            Source::Text { .. } if self.all_hashes.is_some() => {
                self.all_hashes.iter().for_each(|all| each(all[code as usize]));
            }
            Source::Text { .. } => {
                let (start, end) = self.hash_places[code as usize];
                self.hashes[start as usize..end as usize]
                    .iter()
                    .for_each(|hash| each(*hash));
            }
            Source::EventId { ids, .. } => {
                let id = ids[code as usize];
                each(hash::of_number(
                    (id >> 64) as u64 ^ hash::of_number(id as u64 ^ ID_HALVES),
                ));
            }
            _ => each(hash::of_number(code)),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let memo = match &self.source {
            Source::EventId { ids, .. } => ids.len() * 64,
            Source::Issue(source) => source.found.len() * size_of::<(i64, u64)>(),
            _ => 0,
        };
        memo + self.hash_places.len() * size_of::<(u32, u32)>() + self.hashes.len() * size_of::<u64>()
    }
}

impl<'a> Source<'a> {
    fn text(column: Option<StrColumn>) -> Result<Self, QuestionError> {
        let Some(dictionary) = column else {
            return Ok(Self::Absent);
        };
        Ok(Self::Text {
            ordinals: Values::new(dictionary.ords().clone()),
            empty: columns::empty_text(&dictionary)?.unwrap_or(NONE),
            dictionary,
        })
    }

    fn issue(segment: &SegmentReader, scan: &Scan<'a>) -> Result<Self, QuestionError> {
        let Some(bindings) = scan.bindings else {
            return Err(unsupported("issues cannot be asked for here".to_owned()));
        };
        let Some(hashes) = columns::texts(segment, &Field::Known(Known::Hash))? else {
            return Ok(Self::Absent);
        };
        Ok(Self::Issue(Box::new(IssueSource {
            bindings,
            texts: scan.hash_texts.of(segment, || Texts::read(&hashes))?,
            projects: Values::new(columns::projects(segment)?),
            hashes: Values::new(hashes.ords().clone()),
            found: vec![(NO_PROJECT, NONE); hashes.num_terms()],
        })))
    }
}

impl IssueSource<'_> {
    fn read(&mut self, docs: &[DocId], codes: &mut Vec<u64>) {
        let mut hashes = Vec::new();
        fill(&mut self.hashes, docs, &mut hashes, |ordinal| ordinal);
        fill(&mut self.projects, docs, codes, |project| project as u64);
        for (code, hash) in codes.iter_mut().zip(hashes) {
            *code = self.code(hash, *code as i64);
        }
    }

    fn code(&mut self, hash: u64, project: i64) -> u64 {
        let Some(found) = usize::try_from(hash).ok().and_then(|hash| self.found.get_mut(hash)) else {
            return NONE;
        };
        if found.0 != project {
            let text = self.texts.get(hash);
            let rank = text.and_then(|text| self.bindings.rank(ProjectId(project), text));
            *found = (project, rank.map_or(NONE, u64::from));
        }
        found.1
    }
}

fn hashes_of_all(dictionary: &StrColumn) -> Result<Vec<u64>, QuestionError> {
    let mut hashes = Vec::with_capacity(dictionary.num_terms());
    let mut stream = dictionary.dictionary().stream()?;
    while stream.advance() {
        hashes.push(hash::of_bytes(stream.key()));
    }
    Ok(hashes)
}

/// One code a row. Only a row that was made wrong has several values in a column; its first one counts.
fn fill<T>(values: &mut Values<T>, docs: &[DocId], codes: &mut Vec<u64>, code: impl Fn(T) -> u64)
where
    T: PartialOrd + Copy + Default + std::fmt::Debug + Send + Sync + 'static,
{
    let (with_value, values) = values.read(docs);
    codes.clear();
    if with_value == docs {
        codes.extend(values.iter().map(|value| code(*value)));
        return;
    }
    codes.resize(docs.len(), NONE);
    let mut row = 0;
    for (doc, value) in with_value.iter().zip(values) {
        while docs[row] < *doc {
            row += 1;
        }
        if codes[row] == NONE {
            codes[row] = code(*value);
        }
    }
}

/// The codes that are not known yet, ascending and each once.
pub(super) fn unknown(codes: &[u64], is_unknown: impl Fn(u64) -> bool, of: Option<usize>) -> Vec<u64> {
    let wanted = codes.iter().copied().filter(|code| *code != NONE && is_unknown(*code));
    let Some(of) = of else {
        let mut wanted: Vec<_> = wanted.collect();
        wanted.sort_unstable();
        wanted.dedup();
        return wanted;
    };
    // Ordinals are dense: marking them is faster than sorting.
    let mut marks = vec![0_u64; of.div_ceil(64)];
    wanted.for_each(|code| marks[code as usize / 64] |= 1 << (code % 64));
    let mut unknown = Vec::new();
    for (place, mark) in marks.iter().enumerate() {
        let mut left = *mark;
        while left != 0 {
            unknown.push(place as u64 * 64 + u64::from(left.trailing_zeros()));
            left &= left - 1;
        }
    }
    unknown
}

/// The values of an entry of `Kind::Texts`. An empty text is none.
pub(super) fn texts(entry: &str) -> impl Iterator<Item = &str> {
    schema::texts(entry).filter(|text| !text.is_empty())
}

/// Reads entries of a dictionary in one pass over its blocks.
fn entries(dictionary: &StrColumn, ordinals: &[u64], mut each: impl FnMut(u64, &str)) -> Result<(), QuestionError> {
    let mut places = ordinals.iter();
    let mut broken = false;
    let found = dictionary.dictionary().sorted_ords_to_term_cb(ordinals, |bytes| {
        let Some(ordinal) = places.next() else { return };
        match std::str::from_utf8(bytes) {
            Ok(text) => each(*ordinal, text),
            Err(_) => broken = true,
        }
    })?;
    if broken || !found {
        return Err(std::io::Error::from(std::io::ErrorKind::InvalidData).into());
    }
    Ok(())
}
