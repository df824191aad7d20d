//! Arithmetic: `(count_if(level,equals,error) + 1) / count() * 100`.

use crate::{
    Equation, Kind, Operator, ParseError,
    error::Span,
    search::{closing, closing_quote, events::EventContext, literal},
};

use super::{Argument, function};

/// How many operators an equation may have, and how deep its parentheses may be nested.
const MAX_OPERATORS: usize = 50;
const MAX_DEPTH: usize = 20;

impl Equation {
    /// Whether it is about single events.
    pub fn has_fields(&self) -> bool {
        match self {
            Self::Field(_) => true,
            Self::Number(_) | Self::Aggregate(_) => false,
            Self::Calculation(left, _, right) => left.has_fields() || right.has_fields(),
        }
    }

    fn has_aggregates(&self) -> bool {
        match self {
            Self::Aggregate(_) => true,
            Self::Number(_) | Self::Field(_) => false,
            Self::Calculation(left, _, right) => left.has_aggregates() || right.has_aggregates(),
        }
    }
}

pub(super) fn parse(text: &str, cx: &EventContext) -> Result<Equation, ParseError> {
    let chars: Vec<char> = text.chars().collect();
    let mut parser = Parser {
        chars: &chars,
        at: 0,
        cx,
        depth: 0,
        operators: 0,
    };
    let equation = parser.sum()?;
    let whole = Span::new(0, chars.len());
    if parser.at < chars.len() {
        let span = Span::new(parser.at, parser.at + 1);
        return Err(ParseError::new(
            span,
            "an operator is missing here: there are +, -, * and /",
        ));
    }
    match (equation.has_fields(), equation.has_aggregates()) {
        (true, true) => Err(ParseError::new(
            whole,
            "an equation is made of fields or of functions, not of both",
        )),
        (false, false) => Err(ParseError::new(whole, "an equation needs a field or a function")),
        _ => Ok(equation),
    }
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
    cx: &'a EventContext,
    depth: usize,
    operators: usize,
}

impl Parser<'_> {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn operator(&mut self, among: [(char, Operator); 2]) -> Result<Option<Operator>, ParseError> {
        let next = self.peek();
        let Some((_, operator)) = among.into_iter().find(|(sign, _)| Some(*sign) == next) else {
            return Ok(None);
        };
        if self.operators == MAX_OPERATORS {
            let message = format!("an equation may have at most {MAX_OPERATORS} operators");
            return Err(ParseError::new(Span::new(self.at, self.at + 1), message));
        }
        self.operators += 1;
        self.at += 1;
        Ok(Some(operator))
    }

    fn sum(&mut self) -> Result<Equation, ParseError> {
        let mut left = self.product()?;
        while let Some(operator) = self.operator([('+', Operator::Add), ('-', Operator::Subtract)])? {
            left = Equation::Calculation(Box::new(left), operator, Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Equation, ParseError> {
        let mut left = self.factor()?;
        while let Some(operator) = self.operator([('*', Operator::Multiply), ('/', Operator::Divide)])? {
            left = Equation::Calculation(Box::new(left), operator, Box::new(self.factor()?));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Equation, ParseError> {
        let next = self.peek();
        let here = Span::new(self.at, (self.at + 1).min(self.chars.len()));
        match next {
            None => Err(ParseError::new(
                here,
                "the equation ends too early: a number, field or function is missing",
            )),
            Some('(' | '-') if self.depth == MAX_DEPTH => Err(ParseError::new(
                here,
                format!("equations may be nested {MAX_DEPTH} deep at most"),
            )),
            Some('(') => {
                self.at += 1;
                self.depth += 1;
                let inner = self.sum()?;
                self.depth -= 1;
                if self.peek() != Some(')') {
                    return Err(ParseError::new(here, "this parenthesis is not closed"));
                }
                self.at += 1;
                Ok(inner)
            }
            Some('-') => {
                self.at += 1;
                self.depth += 1;
                let inner = self.factor()?;
                self.depth -= 1;
                Ok(match inner {
                    Equation::Number(number) => Equation::Number(-number),
                    other => {
                        Equation::Calculation(Box::new(Equation::Number(-1.0)), Operator::Multiply, Box::new(other))
                    }
                })
            }
            Some(c) if c.is_ascii_digit() => self.number(),
            Some(_) => self.name(here),
        }
    }

    fn number(&mut self) -> Result<Equation, ParseError> {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|c| is_name_char(*c)) {
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        literal::number(&text).map(Equation::Number).ok_or_else(|| {
            let message = format!("{text:?} is no number");
            ParseError::new(Span::new(start, self.at), message)
        })
    }

    /// A field, or a function with its arguments.
    fn name(&mut self, here: Span) -> Result<Equation, ParseError> {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|c| is_name_char(*c)) {
            self.at += 1;
        }
        if start == self.at && self.chars[start] != '"' {
            let message = format!(
                "{:?} cannot stand here: a number, field or function is missing",
                self.chars[start]
            );
            return Err(ParseError::new(here, message));
        }
        let unclosed = ParseError::new(
            Span::new(self.at, (self.at + 1).min(self.chars.len())),
            "this is not closed",
        );
        let is_function = self.chars.get(self.at) == Some(&'(');
        let end = match self.chars.get(self.at) {
            Some('(') => closing(self.chars, self.at, ')'),
            Some('[') => closing(self.chars, self.at, ']'),
            Some('"') if start == self.at => closing_quote(&self.chars[start..]).map(|length| start + length),
            _ => None,
        };
        match (end, self.chars.get(self.at)) {
            (Some(end), _) => self.at = end + 1,
            (None, Some('(' | '[')) => return Err(unclosed),
            (None, Some('"')) if start == self.at => return Err(unclosed),
            _ => {}
        }
        let text: String = self.chars[start..self.at].iter().collect();
        if is_function {
            return function::parse(&text, self.cx)
                .map(Equation::Aggregate)
                .map_err(|error| error.moved(start));
        }
        let argument = Argument {
            text,
            quoted: false,
            span: Span::new(start, self.at),
        };
        let field = function::number_field(&argument)?;
        match field.kind() {
            Kind::Number | Kind::Duration => Ok(Equation::Field(field)),
            _ => {
                let message = format!("{} is no number, and cannot be calculated with", argument.text);
                Err(ParseError::new(argument.span, message))
            }
        }
    }
}

/// A `-` is an operator here.
fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}
