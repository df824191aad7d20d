//! What is wrong with a form: said beside each field, and summed up on top.

use httpkit::ApiError;
use serde::Deserialize;
use services::settings::Problem;

/// A form that is nothing but its button.
#[derive(Debug, Deserialize)]
pub(crate) struct NoFields {}

#[derive(Debug, Clone, Default)]
pub(crate) struct FormErrors(Vec<FieldError>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field's name, which is also the id of its input.
    pub(crate) field: String,
    /// What to do about it; where the field is a text of lines, it begins with the place.
    pub(crate) message: String,
    /// Counted from 1.
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
}

/// More than these are not listed: after them, one looks again.
const MAX_LISTED: usize = 10;

impl FormErrors {
    pub(crate) fn one(field: &str, message: impl Into<String>) -> Self {
        Self(Vec::new()).and(field, message)
    }

    pub(crate) fn and(mut self, field: &str, message: impl Into<String>) -> Self {
        self.0.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
            ..FieldError::default()
        });
        self
    }

    /// What is wrong with settings; `field` tells which field of the form one of the settings is.
    pub(crate) fn of_problems(problems: &[Problem], field: impl Fn(&str) -> String) -> Self {
        let one = |problem: &Problem| FieldError {
            field: field(&problem.field),
            message: sentence(problem),
            line: problem.line,
            column: problem.column,
        };
        Self(problems.iter().map(one).collect())
    }

    /// What an operation refused to take; a failure that is no field's goes on as it is.
    pub(crate) fn of_api(error: ApiError) -> Result<Self, ApiError> {
        if error.fields.is_empty() {
            return Err(error);
        }
        let fields = error.fields.into_iter();
        let one = |(field, messages): (String, Vec<String>)| FieldError {
            field,
            message: messages.join(" "),
            ..FieldError::default()
        };
        Ok(Self(fields.map(one).collect()))
    }

    /// The first ones, for the list on top.
    pub(crate) fn listed(&self) -> &[FieldError] {
        &self.0[..self.0.len().min(MAX_LISTED)]
    }

    /// `3 fields need another look:`
    pub(crate) fn heading(&self) -> String {
        let is_of_lines = self.0.iter().any(|error| error.line.is_some());
        match (self.0.len(), is_of_lines) {
            (1, _) => "One field needs another look:".to_owned(),
            (count, true) => format!("{count} places need another look:"),
            (count, false) => format!("{count} fields need another look:"),
        }
    }

    pub(crate) fn left_out(&self) -> usize {
        self.0.len().saturating_sub(MAX_LISTED)
    }

    pub(crate) fn all_of(&self, field: &str) -> Vec<FieldError> {
        self.0.iter().filter(|error| error.field == field).cloned().collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|error| error.field == field)
    }

    /// What is wrong with `field`: nothing is the empty text.
    pub(crate) fn of(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| &error.message)
    }
}

/// What is wrong, as people write it: the place, then a sentence. A way to a value, `rules.a.type`, stays as it is.
fn sentence(problem: &Problem) -> String {
    let mut rest = problem.message.chars();
    let is_way = problem
        .message
        .split_whitespace()
        .next()
        .is_some_and(|word| word.contains(['.', ':']));
    let first: String = match rest.next() {
        Some(first) if !is_way => first.to_uppercase().collect(),
        first => first.into_iter().collect(),
    };
    let message = format!("{first}{}.", rest.as_str().trim_end_matches('.'));
    Problem {
        message,
        ..problem.clone()
    }
    .to_string()
}

/// A field for a text of many lines, with what is wrong with which of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Area {
    /// Its name in the form, and its id.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    /// What could stand in it.
    pub(crate) example: &'static str,
    pub(crate) text: String,
    pub(crate) errors: Vec<LineError>,
    pub(crate) errors_left_out: usize,
    /// How many lines it shows when it is empty.
    pub(crate) rows: usize,
}

/// What is wrong with a line, and the line.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineError {
    pub(crate) message: String,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    /// The line as it was typed, its end cut off where it is long.
    pub(crate) excerpt: String,
    /// White space that puts a caret under the column, where it is on the excerpt.
    pub(crate) caret: Option<String>,
}

/// Characters of a line that are shown with an error.
const MAX_EXCERPT: usize = 120;

/// Lines that a field shows at most; the rest scrolls.
const MAX_ROWS: usize = 24;

impl Area {
    pub(crate) fn new(name: &'static str, label: &'static str, text: &str, errors: &FormErrors) -> Self {
        let mut errors = errors.all_of(name);
        let errors_left_out = errors.len().saturating_sub(MAX_LISTED);
        errors.truncate(MAX_LISTED);
        Self {
            name,
            label,
            text: text.to_owned(),
            errors: errors.into_iter().map(|error| LineError::new(error, text)).collect(),
            errors_left_out,
            rows: 4,
            ..Self::default()
        }
    }

    pub(crate) fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    pub(crate) fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    pub(crate) fn rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    pub(crate) fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// High enough for what it holds, within bounds.
    pub(crate) fn height(&self) -> usize {
        (self.text.lines().count() + 1).clamp(self.rows, MAX_ROWS)
    }

    /// The numbers of the lines that are wrong, for the script that marks them.
    pub(crate) fn wrong_lines(&self) -> String {
        let lines = self.errors.iter().filter_map(|error| error.line);
        lines.map(|line| line.to_string()).collect::<Vec<_>>().join(" ")
    }
}

impl LineError {
    fn new(error: FieldError, text: &str) -> Self {
        let line = error.line.and_then(|line| text.lines().nth(line.checked_sub(1)?));
        let excerpt: String = line.unwrap_or_default().chars().take(MAX_EXCERPT).collect();
        let before = error.column.and_then(|column| column.checked_sub(1));
        let caret = before.filter(|before| *before <= excerpt.chars().count() && !excerpt.is_empty());
        // A tab under a tab, so that the caret stands where it should whatever the width of one is.
        let blank = |char: char| if char == '\t' { '\t' } else { ' ' };
        Self {
            message: error.message,
            line: error.line,
            column: error.column,
            caret: caret.map(|before| excerpt.chars().take(before).map(blank).collect()),
            excerpt,
        }
    }
}

/// A switch of a form.
#[derive(Debug, Clone)]
pub(crate) struct Switch {
    /// Its name in the form, and its id.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) is_on: bool,
    /// Why it cannot be switched, if so.
    pub(crate) fixed: Option<&'static str>,
    /// What the switch has done lately.
    pub(crate) effect: Option<String>,
}

impl Switch {
    pub(crate) fn new(name: &'static str, label: &'static str, help: &'static str, is_on: bool) -> Self {
        Self {
            name,
            label,
            help,
            is_on,
            fixed: None,
            effect: None,
        }
    }
}

/// The lines of a field as it was sent: browsers end them in two characters. Empty ones at the end say nothing.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines
}

/// A text as it was typed, whatever the browser made of its line ends.
pub(crate) fn typed(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_its_line_and_points_into_it() {
        let problem = |line, column| Problem {
            field: "rules".to_owned(),
            line,
            column,
            message: "unknown matcher".to_owned(),
        };
        let problems = [
            problem(Some(2), Some(3)),
            problem(None, None),
            problem(Some(9), Some(1)),
        ];
        let errors = FormErrors::of_problems(&problems, str::to_owned);
        let area = Area::new("rules", "Rules", "a\n\tbc -> d\n", &errors);
        let shown: Vec<_> = area
            .errors
            .iter()
            .map(|error| (error.message.as_str(), error.excerpt.as_str(), error.caret.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("Line 2, column 3: Unknown matcher.", "\tbc -> d", Some("\t ")),
                ("Unknown matcher.", "", None),
                ("Line 9, column 1: Unknown matcher.", "", None),
            ]
        );
        assert_eq!(area.wrong_lines(), "2 9");
    }

    #[test]
    fn an_error_is_a_sentence_and_a_way_stays_one() {
        let told = |message: &str| {
            let problem = Problem {
                field: String::new(),
                line: None,
                column: None,
                message: message.to_owned(),
            };
            sentence(&problem)
        };
        assert_eq!(told("there are too many..."), "There are too many.");
        assert_eq!(told("rules.a.type: unknown type"), "rules.a.type: unknown type.");
    }

    #[test]
    fn lines_are_those_that_were_typed() {
        assert_eq!(lines("a\r\n\r\n b \r\n\r\n"), ["a", "", " b "]);
        assert!(lines("\r\n").is_empty());
        assert_eq!(typed("a\r\nb\rc"), "a\nb\nc");
    }
}
