//! A text with gaps: `{{name}}` takes a value from the caller, and `{{hex 12}}`, `{{int 1000}}` (below that), `{{id 7}}`
//! (a number of so many digits) and `{{words 5}}` are filled at random.

use std::io::Write as _;

use super::{random::Random, words::word};

#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(Box<[u8]>),
    Value(usize),
    Hex(usize),
    Int(u64),
    Id(u64),
    Words(usize),
}

impl Template {
    /// Line breaks and indentation of `text` are for its reader only. `names` are those of the values, in the order in
    /// which [`Self::fill`] gets them.
    ///
    /// # Panics
    /// When the text has a gap of another name.
    pub(super) fn new(text: &str, names: &[&str]) -> Self {
        let text: String = text.lines().map(str::trim).collect();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let (gap, after) = after.split_once("}}").expect("a gap has an end");
            pieces.push(Piece::Text(before.as_bytes().into()));
            pieces.push(Piece::of(gap, names));
            rest = after;
        }
        pieces.push(Piece::Text(rest.as_bytes().into()));
        Self(pieces)
    }

    /// Appends the text with its gaps filled.
    pub(super) fn fill(&self, values: &[&str], random: &mut Random, into: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => into.extend_from_slice(text),
                Piece::Value(index) => into.extend_from_slice(values[*index].as_bytes()),
                Piece::Hex(digits) => random.write_hex(*digits, into),
                Piece::Int(limit) => write!(into, "{}", random.below(*limit)).expect("memory can be written to"),
                Piece::Id(first) => {
                    write!(into, "{}", first + random.below(9 * first)).expect("memory can be written to");
                }
                Piece::Words(count) => {
                    for number in 0..*count {
                        if number > 0 {
                            into.push(b' ');
                        }
                        into.extend_from_slice(word(random).as_bytes());
                    }
                }
            }
        }
    }
}

impl Piece {
    fn of(gap: &str, names: &[&str]) -> Self {
        let size = |text: &str| text.parse().unwrap_or_else(|_| panic!("no number in the gap {gap:?}"));
        match gap.split_once(' ') {
            Some(("hex", digits)) => Self::Hex(size(digits)),
            Some(("int", limit)) => Self::Int(size(limit) as u64),
            Some(("id", digits)) => Self::Id((1..size(digits)).fold(1, |first, _| first * 10)),
            Some(("words", count)) => Self::Words(size(count)),
            _ => {
                let index = names.iter().position(|name| *name == gap);
                Self::Value(index.unwrap_or_else(|| panic!("no value for the gap {gap:?}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, names: &[&str], values: &[&str]) -> String {
        let mut filled = Vec::new();
        Template::new(text, names).fill(values, &mut Random::new(1), &mut filled);
        String::from_utf8(filled).unwrap()
    }

    #[test]
    fn gaps_are_filled_and_indentation_goes() {
        assert_eq!(
            filled("{\n  \"a\":\"{{b}} {{a}}\",\n  \"b\":1\n}\n", &["a", "b"], &["x", "y"]),
            "{\"a\":\"y x\",\"b\":1}"
        );
        let text = filled("{{hex 33}} {{int 10}} {{id 3}} {{words 3}}", &[], &[]);
        let parts: Vec<&str> = text.split(' ').collect();
        assert_eq!(parts.len(), 6, "{text}");
        assert!(
            parts[0].len() == 33 && parts[0].bytes().all(|digit| digit.is_ascii_hexdigit()),
            "{text}"
        );
        assert!(
            parts[2].len() == 3 && (100..1_000).contains(&parts[2].parse().unwrap()),
            "{text}"
        );
        assert!(parts[1].len() == 1 && parts[1].parse::<u8>().is_ok(), "{text}");
    }

    #[test]
    #[should_panic(expected = "no value for the gap \"noun\"")]
    fn a_gap_without_a_value_is_a_mistake() {
        Template::new("{{noun}}", &["verb"]);
    }
}
