//! JSON that people write into a field: what is wrong with it is said with line and column.

use serde::de::DeserializeOwned;
use serde_json::Value;
use services::settings::Problem;

/// Reads a field that holds a list of `T`; an empty text is an empty list.
pub(crate) fn list<T: DeserializeOwned>(field: &str, text: &str) -> Result<Vec<T>, Vec<Problem>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let problem = |line: usize, column: usize, message: String| Problem {
        field: field.to_owned(),
        line: Some(line),
        column: Some(column),
        message,
    };
    let values = match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(values)) => values,
        Ok(_) => return Err(vec![problem(1, 1, "expected a list: `[…]`".to_owned())]),
        Err(error) => return Err(vec![problem(error.line(), error.column().max(1), reason(&error))]),
    };
    let mut read = Vec::new();
    let mut problems = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        match serde_json::from_value(value) {
            Ok(value) => read.push(value),
            Err(error) => {
                let (line, column) = place(text, &format!("[{index}]")).unwrap_or((1, 1));
                problems.push(problem(line, column, reason(&error)));
            }
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

/// The reason alone: the place is said in front of it.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason)
        .to_owned()
}

/// As one would write it by hand; nothing for an empty list.
pub(crate) fn written(values: &[impl serde::Serialize]) -> String {
    if values.is_empty() {
        return String::new();
    }
    serde_json::to_string_pretty(values).unwrap_or_default()
}

/// Line and column (from 1, in characters) of the value at a way like `[2].condition.inner[0]`: that of its key where
/// it has one.
pub(crate) fn place(text: &str, way: &str) -> Option<(usize, usize)> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_spaces();
    let mut place = scanner.at;
    for step in steps(way) {
        place = scanner.enter(step)?;
    }
    let before = &text[..place];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    Some((line, column))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn steps(way: &str) -> impl Iterator<Item = Step<'_>> {
    way.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        let index = part.strip_suffix(']').and_then(|index| index.parse().ok());
        index.map_or(Step::Key(part), Step::Index)
    })
}

/// Goes through a text that is known to be JSON; where it is not, it finds nothing.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// From before a list or an object to before one of its values; where that, or its key, begins.
    fn enter(&mut self, step: Step<'_>) -> Option<usize> {
        let is_object = match (self.peek()?, step) {
            (b'{', Step::Key(_)) => true,
            (b'[', Step::Index(_)) => false,
            _ => return None,
        };
        self.at += 1;
        for index in 0_usize.. {
            self.skip_spaces();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let begin = self.at;
            let is_wanted = if is_object {
                self.skip_value()?;
                let key: String = serde_json::from_str(self.text.get(begin..self.at)?).ok()?;
                self.skip_spaces();
                self.at += 1;
                self.skip_spaces();
                step == Step::Key(&key)
            } else {
                step == Step::Index(index)
            };
            if is_wanted {
                return Some(begin);
            }
            self.skip_value()?;
            self.skip_spaces();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        None
    }

    /// A text ends with itself; everything else at the comma, colon or bracket behind it.
    fn skip_value(&mut self) -> Option<()> {
        if self.peek()? == b'"' {
            self.skip_text();
            return Some(());
        }
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.skip_text();
                    continue;
                }
                b',' | b'}' | b']' if depth == 0 => return Some(()),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Some(());
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_text(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[\n  {\"id\": \"a,]\", \"x\": [1, {\"y\": 2}]},\n  {\"ü\": 1, \"id\": {\"deep\": [[], 7]}}\n]";

    #[test]
    fn finds_the_place_of_a_value() {
        for (way, expected) in [
            ("", Some((1, 1))),
            ("[0]", Some((2, 3))),
            ("[0].x", Some((2, 17))),
            ("[0].x[1].y", Some((2, 27))),
            ("[1].id", Some((3, 12))),
            ("[1].id.deep[1]", Some((3, 32))),
            ("[2]", None),
            ("[0].nothing", None),
            ("id", None),
        ] {
            assert_eq!(place(TEXT, way), expected, "{way}");
        }
        for broken in ["", "[", "[{", "[{\"a", "{\"a\\"] {
            assert_eq!(place(broken, "[0].a"), None, "{broken}");
        }
    }

    #[test]
    fn a_list_is_read_or_refused_with_the_place() {
        #[derive(Debug, serde::Deserialize)]
        struct Named {
            #[expect(dead_code, reason = "read to see whether it is there")]
            id: String,
        }
        let refused = |text: &str| -> Vec<(Option<usize>, Option<usize>)> {
            let problems = list::<Named>("custom", text).unwrap_err();
            problems.iter().map(|problem| (problem.line, problem.column)).collect()
        };
        assert!(list::<Named>("custom", " \n").unwrap().is_empty());
        assert_eq!(list::<Named>("custom", "[{\"id\": \"a\"}]").unwrap().len(), 1);
        assert_eq!(refused("{}"), [(Some(1), Some(1))]);
        assert_eq!(refused("[\n{\"id\": \"a\"},\n]"), [(Some(3), Some(1))]);
        assert_eq!(
            refused("[{\"id\": \"a\"},\n  {\"id\": 7},\n {}]"),
            [(Some(2), Some(3)), (Some(3), Some(2))]
        );
    }
}
