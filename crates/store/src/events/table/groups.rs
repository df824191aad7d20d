//! Which group a row is in. Groups are numbered as they are found, alike in every segment that one thread reads.

use std::collections::HashMap;

use super::{
    reader::{FieldReader, NONE, unknown},
    scalar::Scalar,
};
use crate::events::{QuestionError, hash::NumberMap};

/// Of a value or group that is not among those that were asked for.
pub(super) const OTHER: u32 = u32::MAX;

/// What a map takes beside its keys and values.
const MAP_ENTRY: usize = 16;

/// The groups that there are: values of each field are numbered, then pairs of the number so far and the next field's.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    fields: Vec<Numbering>,
    pairs: Vec<Pairs>,
    /// No further groups: what is in none of these is in `OTHER`.
    closed: bool,
}

#[derive(Debug, Clone, Default)]
struct Numbering {
    numbers: HashMap<Scalar, u32>,
    scalars: Vec<Scalar>,
    bytes: usize,
}

#[derive(Debug, Clone, Default)]
struct Pairs {
    numbers: NumberMap<u32>,
    pairs: Vec<(u32, u32)>,
}

impl Groups {
    pub(super) fn by(fields: usize) -> Self {
        Self {
            fields: (0..fields).map(|_| Numbering::default()).collect(),
            pairs: (1..fields).map(|_| Pairs::default()).collect(),
            closed: false,
        }
    }

    /// Exactly these groups. A key that occurs twice is one group.
    pub(super) fn exactly(keys: &[Vec<Scalar>], fields: usize) -> (Self, Vec<u32>) {
        let mut groups = Self::by(fields);
        let numbers = keys.iter().map(|key| groups.number(key)).collect();
        groups.closed = true;
        (groups, numbers)
    }

    pub(super) fn len(&self) -> usize {
        match (self.pairs.last(), self.fields.last()) {
            (Some(pairs), _) => pairs.pairs.len(),
            (None, Some(field)) => field.scalars.len(),
            // Without fields everything is one group, also nothing.
            (None, None) => 1,
        }
    }

    /// The values that a group has in common.
    pub(super) fn key(&self, group: usize) -> Vec<Scalar> {
        let mut key = Vec::with_capacity(self.fields.len());
        let mut number = group as u32;
        for (pairs, field) in self.pairs.iter().zip(self.fields.iter().skip(1)).rev() {
            let (before, value) = pairs.pairs[number as usize];
            key.push(field.scalars[value as usize].clone());
            number = before;
        }
        key.extend(self.fields.first().map(|field| field.scalars[number as usize].clone()));
        key.reverse();
        key
    }

    /// Takes the groups of another thread in: which number each of them has here.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        (0..other.len()).map(|group| self.number(&other.key(group))).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        let pair = 2 * size_of::<(u32, u32)>() + size_of::<u32>() + MAP_ENTRY;
        let pairs: usize = self.pairs.iter().map(|pairs| pairs.pairs.len() * pair).sum();
        pairs + self.fields.iter().map(|field| field.bytes).sum::<usize>()
    }

    fn number(&mut self, key: &[Scalar]) -> u32 {
        let mut group = 0;
        for (place, scalar) in key.iter().enumerate() {
            let value = self.fields[place].number(scalar.clone(), self.closed);
            group = self.step(place, group, value);
        }
        group
    }

    /// The group so far, with the value of one more field.
    #[inline]
    fn step(&mut self, place: usize, group: u32, value: u32) -> u32 {
        match place.checked_sub(1) {
            None => value,
            Some(place) => self.pairs[place].number(group, value, self.closed),
        }
    }
}

impl Numbering {
    fn number(&mut self, scalar: Scalar, closed: bool) -> u32 {
        if let Some(number) = self.numbers.get(&scalar) {
            return *number;
        }
        if closed {
            return OTHER;
        }
        let number = self.scalars.len() as u32;
        self.bytes += scalar.bytes() + size_of::<Scalar>() + MAP_ENTRY;
        self.scalars.push(scalar.clone());
        self.numbers.insert(scalar, number);
        number
    }
}

impl Pairs {
    #[inline]
    fn number(&mut self, group: u32, value: u32, closed: bool) -> u32 {
        if group == OTHER || value == OTHER {
            return OTHER;
        }
        let pair = u64::from(group) << 32 | u64::from(value);
        if let Some(number) = self.numbers.get(&pair) {
            return *number;
        }
        if closed {
            return OTHER;
        }
        let number = self.pairs.len() as u32;
        self.pairs.push((group, value));
        self.numbers.insert(pair, number);
        number
    }
}

/// Rows of a block (by their place in it) and the groups that they are in: a row with several values is in several.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) rows: Vec<u32>,
    pub(super) groups: Vec<u32>,
}

impl Members {
    /// All rows of a block in one group.
    fn all(&mut self, rows: usize) {
        self.rows.clear();
        self.rows.extend(0..rows as u32);
        self.groups.clear();
        self.groups.resize(rows, 0);
    }

    /// Whether the row at a place, which is in no group there, is in one at a later place.
    pub(super) fn is_elsewhere(&self, place: usize) -> bool {
        let row = self.rows[place];
        let later = self.rows.iter().zip(&self.groups).skip(place + 1);
        later
            .take_while(|(other, _)| **other == row)
            .any(|(_, group)| *group != OTHER)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.rows
            .iter()
            .zip(&self.groups)
            .map(|(row, group)| (*row as usize, *group as usize))
    }
}

/// Numbers of the values of one segment's codes, by field.
#[derive(Debug, Default)]
pub(super) struct SegmentGroups {
    fields: Vec<Codes>,
}

/// What numbers of values a code stands for.
#[derive(Debug)]
struct Codes {
    /// By code: a range of `numbers`, empty while unknown.
    dense: Vec<(u32, u32)>,
    /// The same for codes that are large.
    sparse: NumberMap<(u32, u32)>,
    numbers: Vec<u32>,
    null: u32,
}

impl SegmentGroups {
    /// `keys` are the places of the fields among the readers.
    pub(super) fn open(groups: &mut Groups, keys: &[usize], readers: &[FieldReader<'_>]) -> Self {
        let closed = groups.closed;
        let fields = keys.iter().zip(&mut groups.fields).map(|(key, numbering)| Codes {
            dense: vec![(0, 0); readers[*key].codes().unwrap_or(0)],
            sparse: NumberMap::default(),
            numbers: Vec::new(),
            // An open numbering would have a group without rows otherwise; it is made when a row needs it.
            null: if closed {
                numbering.number(Scalar::Null, true)
            } else {
                OTHER
            },
        });
        Self {
            fields: fields.collect(),
        }
    }

    /// Which groups the rows of a block are in; `codes` are those of all readers.
    pub(super) fn assign(
        &mut self,
        groups: &mut Groups,
        keys: &[usize],
        readers: &[FieldReader<'_>],
        codes: &[Vec<u64>],
        members: &mut Members,
        rows: usize,
    ) -> Result<(), QuestionError> {
        members.all(rows);
        for (place, key) in keys.iter().enumerate() {
            let field = &mut self.fields[place];
            field.learn(&mut groups.fields[place], groups.closed, &readers[*key], &codes[*key])?;
            field.refine(groups, place, &codes[*key], members);
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> usize {
        let range = size_of::<(u32, u32)>();
        let of_field = |field: &Codes| {
            field.dense.len() * range + field.sparse.len() * (range + size_of::<u64>()) + field.numbers.len() * 4
        };
        self.fields.iter().map(of_field).sum()
    }
}

impl Codes {
    #[inline]
    fn range(&self, code: u64) -> (u32, u32) {
        match self.dense.get(code as usize) {
            Some(range) => *range,
            None => self.sparse.get(&code).copied().unwrap_or((0, 0)),
        }
    }

    /// Numbers the values of codes that are seen for the first time.
    fn learn(
        &mut self,
        numbering: &mut Numbering,
        closed: bool,
        reader: &FieldReader<'_>,
        codes: &[u64],
    ) -> Result<(), QuestionError> {
        if self.null == OTHER && !closed && codes.contains(&NONE) {
            self.null = numbering.number(Scalar::Null, false);
        }
        let wanted = unknown(codes, |code| self.range(code).1 == 0, reader.codes());
        reader.single_scalars(&wanted, |code, scalar| {
            let number = numbering.number(scalar, closed);
            let end = self.numbers.len() as u32;
            let (start, end) = match self.range(code) {
                (_, 0) => (end, end),
                known => known,
            };
            // A row counts once in a group, however often it has the value.
            if self.numbers[start as usize..end as usize].contains(&number) {
                return;
            }
            self.numbers.push(number);
            let range = (start, end + 1);
            match self.dense.get_mut(code as usize) {
                Some(place) => *place = range,
                None => drop(self.sparse.insert(code, range)),
            }
        })
    }

    /// Splits each group by the values of this field.
    fn refine(&self, groups: &mut Groups, place: usize, codes: &[u64], members: &mut Members) {
        let null = [self.null];
        let numbers = |row: u32| {
            let code = codes[row as usize];
            if code == NONE {
                return &null[..];
            }
            let (start, end) = self.range(code);
            &self.numbers[start as usize..end as usize]
        };
        // Mostly each row has one value, and members stay where they are.
        let one_each = members.rows.iter().all(|row| numbers(*row).len() == 1);
        if one_each {
            for (row, group) in members.rows.iter().zip(&mut members.groups) {
                *group = groups.step(place, *group, numbers(*row)[0]);
            }
            return;
        }
        let mut split = Members::default();
        for (row, group) in members.rows.iter().zip(&members.groups) {
            for number in numbers(*row) {
                split.rows.push(*row);
                split.groups.push(groups.step(place, *group, *number));
            }
        }
        *members = split;
    }
}
