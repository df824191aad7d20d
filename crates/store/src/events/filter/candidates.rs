use query::{Condition, Expr, Field, Known, Pattern, Test};
use tantivy::{
    DocId, DocSet as _, SegmentReader, TERMINATED, Term,
    schema::{Field as IndexField, IndexRecordOption},
};

use super::Predicate;
use crate::events::{QuestionError, Scope, columns::BLOCK, schema};

/// Among so many rows there must be at most one candidate, or all rows are tested: a list costs more than a column.
const WORTHWHILE: usize = 8;

/// More terms than this are not looked up each.
const MOST_TERMS: usize = 256;

/// The rows that need to be tested: all that pass are among them.
pub(super) enum Candidates {
    /// All of the segment.
    All(DocId),
    /// Ascending.
    Few(Vec<DocId>),
}

impl Candidates {
    pub(super) fn none() -> Self {
        Self::Few(Vec::new())
    }

    /// By the shortest inverted list that all rows of the question must be in.
    pub(super) fn find(
        segment: &SegmentReader,
        scope: &Scope,
        filter: &Expr<Condition>,
        predicate: &Predicate,
    ) -> Result<Self, QuestionError> {
        let most = segment.max_doc() as usize / WORTHWHILE;
        let mut best: Option<(usize, Vec<Term>)> = None;
        for terms in necessary_terms(segment, scope, filter)? {
            let rows = count_rows(segment, &terms)?;
            if rows <= most && best.as_ref().is_none_or(|(least, _)| rows < *least) {
                best = Some((rows, terms));
            }
        }
        if let Some(list) = predicate.shortest_list()
            && let Some(docs) = list.few()
            && best.as_ref().is_none_or(|(least, _)| docs.len() < *least)
        {
            return Ok(Self::Few(docs.to_vec()));
        }
        Ok(match best {
            Some((_, terms)) => Self::Few(read_rows(segment, &terms)?),
            None => Self::All(segment.max_doc()),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::All(max_doc) => *max_doc == 0,
            Self::Few(docs) => docs.is_empty(),
        }
    }

    /// Puts the block that begins behind `start` candidates into `block`; `false` at the end.
    pub(super) fn next_block(&self, start: &mut usize, block: &mut Vec<DocId>) -> bool {
        block.clear();
        match self {
            Self::All(max_doc) => {
                let from = DocId::try_from(*start).unwrap_or(*max_doc);
                let to = from.saturating_add(BLOCK as DocId).min(*max_doc);
                block.extend(from..to);
            }
            Self::Few(docs) => {
                let rest = docs.get(*start..).unwrap_or_default();
                block.extend_from_slice(&rest[..rest.len().min(BLOCK)]);
            }
        }
        *start += block.len();
        !block.is_empty()
    }
}

/// Groups of terms: a row of the question has one of each group.
fn necessary_terms(
    segment: &SegmentReader,
    scope: &Scope,
    filter: &Expr<Condition>,
) -> Result<Vec<Vec<Term>>, QuestionError> {
    let schema = segment.schema();
    let project: IndexField = schema.get_field(Known::Project.name())?;
    let mut groups = vec![
        scope
            .projects
            .iter()
            .map(|id| Term::from_field_i64(project, id.0))
            .collect(),
    ];
    let mut conditions = Vec::new();
    collect_necessary(filter, &mut conditions);
    for (field, patterns) in conditions {
        let texts = patterns.iter().filter_map(|pattern| match pattern {
            Pattern::Exact(text) => Some(text.as_str()),
            Pattern::Wildcard(_) => None,
        });
        if texts.clone().count() < patterns.len() {
            continue;
        }
        match field {
            Known::Hash => {
                let hash = schema.get_field(Known::Hash.name())?;
                groups.push(texts.map(|text| Term::from_field_text(hash, text)).collect());
            }
            Known::Id => {
                let high = schema.get_field(schema::ID_HIGH)?;
                let ids = texts.filter_map(|text| text.parse().ok());
                groups.push(
                    ids.map(|id| Term::from_field_u64(high, schema::id_halves(id).0))
                        .collect(),
                );
            }
            _ => {}
        }
    }
    groups.retain(|group: &Vec<Term>| group.len() <= MOST_TERMS);
    Ok(groups)
}

fn collect_necessary<'f>(filter: &'f Expr<Condition>, found: &mut Vec<(Known, &'f [Pattern])>) {
    match filter {
        Expr::And(parts) => parts.iter().for_each(|part| collect_necessary(part, found)),
        Expr::Term(Condition::Field {
            field: Field::Known(known),
            test: Test::Any(patterns),
        }) => found.push((*known, patterns)),
        _ => {}
    }
}

fn count_rows(segment: &SegmentReader, terms: &[Term]) -> Result<usize, QuestionError> {
    let mut rows = 0;
    for term in terms {
        rows += segment.inverted_index(term.field())?.doc_freq(term)? as usize;
    }
    Ok(rows)
}

fn read_rows(segment: &SegmentReader, terms: &[Term]) -> Result<Vec<DocId>, QuestionError> {
    let mut rows = Vec::new();
    for term in terms {
        let index = segment.inverted_index(term.field())?;
        let Some(mut postings) = index.read_postings(term, IndexRecordOption::Basic)? else {
            continue;
        };
        while postings.doc() != TERMINATED {
            rows.push(postings.doc());
            postings.advance();
        }
    }
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}
