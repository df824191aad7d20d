//! What is asked to be shown, as it is written: `transaction`, `p95(transaction.duration)`, `equation|count() / 2`.

mod equation;
mod function;
mod kind;
mod order;
mod print;

use crate::{
    Aggregate, Column, Field, Known, ParseError,
    error::Span,
    search::{
        closing, closing_quote,
        events::EventContext,
        key::{Key, Target, resolve},
        unescape,
    },
};

pub use kind::ValueType;
pub use order::parse_order;

pub(crate) use function::{FUNCTIONS, is_function};
pub(crate) use kind::type_of_aggregate;

/// The longest text of one column, in characters.
const MAX_LENGTH: usize = 1_000;

/// A column together with how it was asked for, which is its name in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    pub asked: String,
    pub column: Column,
}

impl Selection {
    pub fn parse(text: &str, cx: &EventContext) -> Result<Self, ParseError> {
        Ok(Self {
            asked: text.trim().to_owned(),
            column: Column::parse(text, cx)?,
        })
    }

    /// The name that older clients know a function by: `count_unique_user` for `count_unique(user)`.
    pub fn alias(&self) -> String {
        let Some((name, arguments)) = self.asked.strip_suffix(')').and_then(|text| text.split_once('(')) else {
            return self.asked.clone();
        };
        if !matches!(self.column, Column::Aggregate(_)) {
            return self.asked.clone();
        }
        let mut alias = name.to_owned();
        for argument in arguments.split(',') {
            alias.push('_');
            alias.extend(
                argument
                    .trim()
                    .chars()
                    .map(|c| if c.is_alphanumeric() { c } else { '_' }),
            );
        }
        alias.trim_end_matches('_').to_owned()
    }

    /// Numbers of projects and issues are numbers where they are asked for as such.
    pub fn value_type(&self) -> ValueType {
        match self.asked.as_str() {
            "project.id" | "project_id" | "issue.id" => ValueType::Integer,
            _ => self.column.value_type(),
        }
    }

    pub fn unit(&self) -> Option<&'static str> {
        self.column.unit()
    }
}

impl Column {
    /// Reads one column.
    pub fn parse(text: &str, cx: &EventContext) -> Result<Self, ParseError> {
        let length = text.chars().count();
        if length > MAX_LENGTH {
            let message = format!("a column may have at most {MAX_LENGTH} characters");
            return Err(ParseError::new(Span::new(MAX_LENGTH, length), message));
        }
        let start = length - text.trim_start().chars().count();
        column(text.trim(), cx).map_err(|error| error.moved(start))
    }

    /// Whether it is about several events, so that rows with it are groups. Of equations: unless it is of fields.
    pub fn is_aggregate(&self) -> bool {
        match self {
            Self::Field(_) => false,
            Self::Aggregate(_) => true,
            Self::Equation(equation) => !equation.has_fields(),
        }
    }
}

fn column(text: &str, cx: &EventContext) -> Result<Column, ParseError> {
    if text.is_empty() {
        return Err(ParseError::new(
            Span::new(0, 0),
            "a column is empty: name a field or a function",
        ));
    }
    if let Some(equation) = text.strip_prefix("equation|") {
        return equation::parse(equation, cx)
            .map(Column::Equation)
            .map_err(|error| error.moved("equation|".len()));
    }
    // Older clients leave the parentheses out; a tag of that name is `tags[count]`.
    if function::needs_no_argument(text) {
        return function::parse(&format!("{text}()"), cx).map(Column::Aggregate);
    }
    match text.find(['(', '"', '[']).map(|at| text.as_bytes()[at]) {
        Some(b'(') => function::parse(text, cx).map(Column::Aggregate),
        _ => {
            let argument = Argument {
                text: text.to_owned(),
                quoted: false,
                span: Span::new(0, text.chars().count()),
            };
            argument.field(|name| Field::Tag(name.to_owned())).map(Column::Field)
        }
    }
}

/// `count_unique(user)`
pub(crate) fn aggregate(text: &str, cx: &EventContext) -> Result<Aggregate, ParseError> {
    function::parse(text, cx)
}

/// What stands between the commas of a function.
#[derive(Debug, Clone)]
struct Argument {
    /// Without quotes.
    text: String,
    quoted: bool,
    span: Span,
}

impl Argument {
    /// The field that is named; `attribute` makes one of a name that is none.
    fn field(&self, attribute: impl Fn(&str) -> Field) -> Result<Field, ParseError> {
        let key = match &self.text {
            name if self.quoted => Some(Key::Plain(name.clone())),
            name if name.contains('(') || name.contains('[') && !name.ends_with(']') => None,
            name if name.starts_with('"') => {
                let chars: Vec<char> = name.chars().collect();
                let whole = closing_quote(&chars).filter(|end| end + 1 == chars.len());
                whole.map(|end| Key::Plain(unescape(&chars[1..end]).concat_stars()))
            }
            name => Key::parse(name),
        };
        let no_name = || {
            let message = format!("{:?} is no name of a field or tag", self.text);
            ParseError::new(self.span, message)
        };
        let key = key
            .filter(|key| *key != Key::Plain(String::new()))
            .ok_or_else(no_name)?;
        match resolve(&key, self.span)? {
            Target::Field(field) => Ok(field),
            Target::Attribute(name) => Ok(attribute(&name)),
            Target::UserDisplay => Ok(Field::Known(Known::User)),
            Target::Unhandled => {
                let message = "error.unhandled can be searched but not shown: ask for error.handled";
                Err(ParseError::new(self.span, message).suggest(Some("error.handled")))
            }
            Target::Release(_) => {
                let message = format!("{} can be searched but not shown: ask for the whole release", self.text);
                Err(ParseError::new(self.span, message).suggest(Some("release")))
            }
        }
    }
}

/// The arguments between the parentheses that open at `open` and close at the end.
fn arguments(chars: &[char], open: usize) -> Result<Vec<Argument>, ParseError> {
    let Some(end) = closing(chars, open, ')') else {
        return Err(ParseError::new(
            Span::new(open, open + 1),
            "this parenthesis is not closed",
        ));
    };
    if end + 1 != chars.len() {
        return Err(ParseError::new(
            Span::new(end + 1, chars.len()),
            "nothing can follow the parenthesis that ends a function; calculations begin with equation|",
        ));
    }
    let mut arguments = Vec::new();
    let mut start = open + 1;
    let mut at = start;
    while at <= end {
        match chars[at] {
            '"' => at += closing_quote(&chars[at..end]).unwrap_or(0),
            '[' => at = closing(&chars[..end], at, ']').unwrap_or(at),
            ',' => {
                arguments.push(argument(chars, start, at));
                start = at + 1;
            }
            _ if at == end => arguments.push(argument(chars, start, at)),
            _ => {}
        }
        at += 1;
    }
    // `count()` has none, `count( , )` has two that are empty.
    if let [only] = arguments.as_slice()
        && only.text.is_empty()
        && !only.quoted
    {
        return Ok(Vec::new());
    }
    match arguments
        .iter()
        .find(|argument| argument.text.is_empty() && !argument.quoted)
    {
        Some(empty) => Err(ParseError::new(empty.span, "an argument is missing here")),
        None => Ok(arguments),
    }
}

fn argument(chars: &[char], start: usize, end: usize) -> Argument {
    let part = &chars[start..end];
    let leading = part.iter().take_while(|c| c.is_whitespace()).count();
    let trailing = part[leading..].iter().rev().take_while(|c| c.is_whitespace()).count();
    let span = Span::new(start + leading, end - trailing);
    let inner = &chars[span.start..span.end];
    let quoted = inner.first() == Some(&'"') && closing_quote(inner) == Some(inner.len().saturating_sub(1));
    let text = if quoted {
        unescape(&inner[1..inner.len() - 1]).concat_stars()
    } else {
        inner.iter().collect()
    };
    Argument { text, quoted, span }
}
