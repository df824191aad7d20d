//! Words and phrases as lists of rows.

use query::FreeText;
use tantivy::{
    SegmentReader, Term,
    query::{EnableScoring, PhraseQuery, Query as _},
    schema::{Field, IndexRecordOption},
};

use super::{
    doc_list::{DocList, DocListBuilder},
    predicate::Predicate,
};
use crate::events::{QuestionError, budget::Budget, schema, words};

/// How many words that begin alike are looked up between two looks at the limits.
const WORDS_A_CHECK: usize = 256;

pub(super) fn text(segment: &SegmentReader, text: &FreeText, budget: &Budget) -> Result<Predicate, QuestionError> {
    match text {
        FreeText::Words(text) => every_word(segment, text, budget),
        FreeText::Phrase(text) => {
            let words = words::of_question(text);
            match words.as_slice() {
                [] => Ok(Predicate::Everything),
                [word] => Ok(Predicate::Listed(word_list(segment, word, false, budget)?)),
                words => phrase(segment, words, budget),
            }
        }
    }
}

/// What has no letter or digit in it is no word, and asks for nothing.
fn every_word(segment: &SegmentReader, text: &str, budget: &Budget) -> Result<Predicate, QuestionError> {
    let mut all = Vec::new();
    for piece in text.split_whitespace() {
        let words = words::of_question(piece);
        for (place, word) in words.iter().enumerate() {
            let is_begin = piece.ends_with('*') && place + 1 == words.len();
            let list = word_list(segment, word, is_begin, budget)?;
            if list.len() == 0 {
                return Ok(Predicate::Nothing);
            }
            all.push(Predicate::Listed(list));
        }
    }
    Ok(Predicate::all_of(all))
}

/// Rows that have the word (or one that begins with it) in prose or surroundings.
fn word_list(segment: &SegmentReader, word: &str, is_begin: bool, budget: &Budget) -> Result<DocList, QuestionError> {
    let mut rows = DocListBuilder::new(segment.max_doc(), budget)?;
    let mut fields = vec![segment.schema().get_field(schema::PROSE)?];
    if is_begin || words::in_surroundings(word) {
        fields.push(segment.schema().get_field(schema::SURROUNDINGS)?);
    }
    for field in fields {
        let index = segment.inverted_index(field)?;
        if is_begin {
            let mut terms = index.terms().range().ge(word).into_stream()?;
            let mut seen = 0;
            while terms.advance() && terms.key().starts_with(word.as_bytes()) {
                if seen % WORDS_A_CHECK == 0 {
                    budget.check()?;
                }
                seen += 1;
                rows.add(&mut index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?)?;
            }
        } else if let Some(mut found) =
            index.read_postings(&Term::from_field_text(field, word), IndexRecordOption::Basic)?
        {
            rows.add(&mut found)?;
        }
    }
    Ok(rows.finish())
}

/// Rows that have the words next to each other in prose.
fn phrase(segment: &SegmentReader, words: &[String], budget: &Budget) -> Result<Predicate, QuestionError> {
    budget.check()?;
    let field: Field = segment.schema().get_field(schema::PROSE)?;
    let terms = words.iter().map(|word| Term::from_field_text(field, word)).collect();
    let weight = PhraseQuery::new(terms).weight(EnableScoring::disabled_from_schema(segment.schema()))?;
    let mut rows = DocListBuilder::new(segment.max_doc(), budget)?;
    rows.add(&mut *weight.scorer(segment, 1.0)?)?;
    Ok(Predicate::Listed(rows.finish()))
}
