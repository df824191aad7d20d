//! One frame of a stack trace, with the source around it and its variables.

use serde_json::Value;

use crate::{
    events::{
        payload,
        remarks::Remarks,
        value::{Pair, Pairs},
    },
    text::{self, Cut},
};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FrameView {
    pub(crate) function: String,
    /// The file, or what stands for it when there is none.
    pub(crate) place: String,
    /// The whole path, when it says more than `place`.
    pub(crate) path: String,
    pub(crate) module: String,
    pub(crate) line: Option<u64>,
    pub(crate) column: Option<u64>,
    pub(crate) is_in_app: bool,
    pub(crate) is_open: bool,
    pub(crate) source: Vec<SourceLine>,
    pub(crate) variables: Vec<Pair>,
    pub(crate) variables_left_out: usize,
    /// How often the same call stands here in a row: more than once is a recursion.
    pub(crate) times: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceLine {
    pub(crate) number: u64,
    pub(crate) text: String,
    pub(crate) is_failing: bool,
    /// White space that puts a caret under the column, when the column is known and on the line.
    pub(crate) caret: Option<String>,
}

/// Lines of source shown before and after the failing one.
const AROUND: usize = 3;
/// Characters of a line of source, and how many of them before the column when a minified line is cut.
const MAX_LINE: usize = 200;
const BEFORE_COLUMN: usize = 60;

/// How much of variables and source one page may still show.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) source: usize,
    pub(crate) variables: usize,
}

impl Room {
    pub(crate) fn of_a_page() -> Self {
        Self {
            source: 22_000,
            variables: 12_000,
        }
    }
}

impl FrameView {
    /// `is_in_app`: what counts when the frame does not say.
    pub(crate) fn new(frame: &Value, remarks: Remarks<'_>, is_in_app: bool, room: &mut Room) -> Self {
        let file = payload::text(frame, "filename");
        let path = payload::text(frame, "abs_path");
        let module = payload::text(frame, "module").unwrap_or_default();
        let package = payload::text(frame, "package");
        let address = payload::text(frame, "instruction_addr");
        let function = payload::text(frame, "function")
            .or_else(|| payload::text(frame, "raw_function"))
            .or(address);
        let place = file
            .or_else(|| path.clone())
            .or(package)
            .unwrap_or_else(|| module.clone());
        let path = path.filter(|path| *path != place).unwrap_or_default();
        let mut view = Self {
            function: text::line(&function.unwrap_or_else(|| "<anonymous>".to_owned()), 300),
            place: text::line(&place, 300),
            path: text::line(&path, 1_000),
            module: text::line(&module, 300),
            line: payload::number(frame, "lineno"),
            column: payload::number(frame, "colno"),
            is_in_app: payload::flag(frame, "in_app").unwrap_or(is_in_app),
            times: 1,
            ..Self::default()
        };
        view.source = source(frame, view.line, view.column, room);
        view.take_variables(frame, remarks, room);
        view
    }

    fn take_variables(&mut self, frame: &Value, remarks: Remarks<'_>, room: &mut Room) {
        let variables = payload::noted_pairs(frame, "vars", remarks);
        let pairs = variables
            .iter()
            .map(|(key, value, remarks)| (key.as_str(), *value, *remarks));
        let Pairs { shown, left_out } = Pairs::noted(pairs, 1_000, room.variables.min(8_000));
        let used = shown
            .iter()
            .map(|pair| pair.key.len() + pair.value.text.shown.len() + 80)
            .sum();
        room.variables = room.variables.saturating_sub(used);
        (self.variables, self.variables_left_out) = (shown, left_out);
    }

    /// `app/cart.py:42:7`.
    pub(crate) fn location(&self) -> String {
        let mut location = self.place.clone();
        for number in [self.line, self.column].into_iter().flatten() {
            location.push_str(&format!(":{number}"));
        }
        location
    }

    pub(crate) fn has_details(&self) -> bool {
        !self.source.is_empty() || !self.variables.is_empty()
    }

    /// What the hover says: the whole path and the module.
    pub(crate) fn hint(&self) -> String {
        let parts = [("path", &self.path), ("module", &self.module)];
        let parts = parts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!("{name}: {text}"));
        parts.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn is_same_call(&self, other: &Self) -> bool {
        (&self.function, &self.place, self.line, self.column)
            == (&other.function, &other.place, other.line, other.column)
            && self.line.is_some()
    }
}

/// The failing line with up to three lines around it, as long as the page has room.
fn source(frame: &Value, line: Option<u64>, column: Option<u64>, room: &mut Room) -> Vec<SourceLine> {
    let Some(failing) = frame.get("context_line").and_then(Value::as_str) else {
        return Vec::new();
    };
    let before: Vec<&str> = payload::list(frame, "pre_context")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let after: Vec<&str> = payload::list(frame, "post_context")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let before = &before[before.len().saturating_sub(AROUND)..];
    let after = &after[..after.len().min(AROUND)];
    if before.is_empty() && after.is_empty() && failing.trim().is_empty() {
        return Vec::new();
    }
    let number = line.unwrap_or(before.len() as u64 + 1);
    let first = number.saturating_sub(before.len() as u64);
    let plain = |(offset, text): (usize, &&str)| SourceLine {
        number: first.saturating_add(offset as u64),
        text: Cut::new(text, MAX_LINE).shown,
        is_failing: false,
        caret: None,
    };
    let mut lines: Vec<SourceLine> = before.iter().enumerate().map(plain).collect();
    let (text, caret) = failing_line(failing, column);
    lines.push(SourceLine {
        number,
        text,
        is_failing: true,
        caret,
    });
    lines.extend(
        after
            .iter()
            .enumerate()
            .map(|(offset, text)| plain((before.len() + 1 + offset, text))),
    );
    let size = lines.iter().map(|line| line.text.len() + 60).sum();
    match room.source.checked_sub(size) {
        Some(left) => room.source = left,
        None => return Vec::new(),
    }
    lines
}

/// The failing line, cut around the column when it is long, and the white space before the caret.
fn failing_line(text: &str, column: Option<u64>) -> (String, Option<String>) {
    let chars: Vec<char> = text.chars().collect();
    let column = column
        .and_then(|column| usize::try_from(column).ok()?.checked_sub(1))
        .filter(|at| *at < chars.len());
    let (start, is_cut) = match column {
        Some(column) if chars.len() > MAX_LINE => (column.saturating_sub(BEFORE_COLUMN), true),
        _ => (0, chars.len() > MAX_LINE),
    };
    let end = chars.len().min(start + MAX_LINE);
    let mut shown: String = chars[start..end].iter().collect();
    let mut caret = column.map(|column| {
        let blank = |char: &char| if *char == '\t' { '\t' } else { ' ' };
        chars[start..column].iter().map(blank).collect::<String>()
    });
    if start > 0 {
        shown.insert(0, '…');
        caret = caret.map(|caret| format!(" {caret}"));
    }
    if is_cut && end < chars.len() {
        shown.push('…');
    }
    (shown, caret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn view(frame: &Value) -> FrameView {
        FrameView::new(frame, Remarks::NONE, true, &mut Room::of_a_page())
    }

    #[test]
    fn shows_seven_lines_with_their_numbers() {
        let view = view(&json!({
            "function": "charge", "filename": "shop/cart.py", "lineno": 42,
            "pre_context": ["a", "b", "c", "d", "e"], "context_line": "    fail()", "post_context": ["f", "g", "h", "i"],
        }));
        let numbers: Vec<_> = view
            .source
            .iter()
            .map(|line| (line.number, line.text.as_str(), line.is_failing))
            .collect();
        let expected = [
            (39, "c", false),
            (40, "d", false),
            (41, "e", false),
            (42, "    fail()", true),
            (43, "f", false),
            (44, "g", false),
            (45, "h", false),
        ];
        assert_eq!(numbers, expected);
        assert_eq!(view.location(), "shop/cart.py:42");
    }

    #[test]
    fn cuts_a_minified_line_around_its_column() {
        let (text, caret) = failing_line(&format!("{}X{}", "a".repeat(5_000), "b".repeat(5_000)), Some(5_001));
        let caret = caret.unwrap();
        assert_eq!(text.chars().nth(caret.len()), Some('X'));
        assert!(text.starts_with('…') && text.ends_with('…') && text.chars().count() == MAX_LINE + 2);
        assert_eq!(
            failing_line("\tx()", Some(2)),
            ("\tx()".to_owned(), Some("\t".to_owned()))
        );
        assert_eq!(failing_line("x()", Some(9)).1, None);
        assert_eq!(failing_line("x()", Some(0)).1, None);
    }

    #[test]
    fn a_frame_of_nonsense_is_still_a_frame() {
        for frame in [
            json!(null),
            json!({}),
            json!({"lineno": -1, "vars": 7, "pre_context": "x", "context_line": 1}),
        ] {
            let view = view(&frame);
            assert_eq!((view.function.as_str(), view.has_details()), ("<anonymous>", false));
        }
    }
}
