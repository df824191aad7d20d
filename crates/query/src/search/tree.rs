//! Puts the tokens of a search together: implicit `AND` binds as `AND` does, which binds tighter than `OR`.

use crate::{
    Expr, FreeText,
    error::{ParseError, Span},
};

use super::token::{Filter, Token, TokenKind, tokens};

/// The most words, phrases and filters of a search: each may cost a pass over all rows.
pub(crate) const MAX_TERMS: usize = 100;
/// The most values in all lists.
pub(crate) const MAX_VALUES: usize = 1_000;
/// How deep parentheses may be nested.
pub(crate) const MAX_DEPTH: usize = 20;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Term {
    Text(FreeText),
    Filter(Filter),
}

pub(crate) type Tree = Expr<Term>;

/// The search as it is written; nothing is known of its keys yet.
pub(crate) fn parse(text: &str) -> Result<Tree, ParseError> {
    let tokens = tokens(text)?;
    check_size(&tokens)?;
    let end = text.chars().count();
    let mut parser = Parser {
        tokens: tokens.into_iter().peekable(),
        depth: 0,
        before: None,
        end: Span::new(end, end),
    };
    let tree = parser.any()?;
    match parser.tokens.next() {
        None => Ok(tree),
        Some(token) => Err(ParseError::new(
            token.span,
            "this parenthesis closes nothing: take it away, or put text with parentheses in quotes",
        )),
    }
}

fn check_size(tokens: &[Token]) -> Result<(), ParseError> {
    let (mut terms, mut values) = (0, 0);
    for (index, token) in tokens.iter().enumerate() {
        let follows_word = index > 0 && matches!(tokens[index - 1].kind, TokenKind::Word { negated: false, .. });
        match &token.kind {
            TokenKind::Filter { filter, .. } => {
                terms += 1;
                values += filter.values.len();
            }
            TokenKind::Phrase { .. } => terms += 1,
            // Words in a row are one term.
            TokenKind::Word { negated: false, .. } if follows_word => {}
            TokenKind::Word { .. } => terms += 1,
            TokenKind::Open { .. } | TokenKind::Close | TokenKind::And | TokenKind::Or => {}
        }
        if terms > MAX_TERMS {
            return Err(ParseError::new(
                token.span,
                format!("a search may have at most {MAX_TERMS} terms"),
            ));
        }
        if values > MAX_VALUES {
            return Err(ParseError::new(
                token.span,
                format!("a search may have at most {MAX_VALUES} values"),
            ));
        }
    }
    Ok(())
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
    /// The operator just read.
    before: Option<(Span, &'static str)>,
    end: Span,
}

impl Parser {
    fn peek(&mut self) -> Option<&TokenKind> {
        self.tokens.peek().map(|token| &token.kind)
    }

    /// `a b OR c`; nothing at all matches everything.
    fn any(&mut self) -> Result<Tree, ParseError> {
        let mut alternatives = vec![self.all()?];
        while matches!(self.peek(), Some(TokenKind::Or)) {
            self.operator("OR", alternatives.last().is_none_or(Expr::is_all))?;
            alternatives.push(self.all()?);
        }
        Ok(Expr::or(alternatives))
    }

    /// `a b AND c`
    fn all(&mut self) -> Result<Tree, ParseError> {
        let mut terms = Vec::new();
        loop {
            match self.peek() {
                None | Some(TokenKind::Close | TokenKind::Or) => break,
                Some(TokenKind::And) => self.operator("AND", terms.is_empty())?,
                Some(_) => {
                    self.before = None;
                    terms.push(self.one()?);
                }
            }
        }
        match self.before.take() {
            Some((span, name)) => Err(ParseError::new(
                span,
                format!("there is nothing behind this {name}: write what it should join, or put \"{name}\" in quotes"),
            )),
            None => Ok(conjunction(terms)),
        }
    }

    fn operator(&mut self, name: &'static str, nothing_before: bool) -> Result<(), ParseError> {
        let span = self.tokens.next().map_or(self.end, |token| token.span);
        match self.before.replace((span, name)) {
            None if !nothing_before => Ok(()),
            _ => Err(ParseError::new(
                span,
                format!("there is nothing before this {name}: write what it should join, or put \"{name}\" in quotes"),
            )),
        }
    }

    /// A term, or a group in parentheses. Behind it stands whatever `all` has seen.
    fn one(&mut self) -> Result<Tree, ParseError> {
        let Some(token) = self.tokens.next() else {
            return Ok(Expr::all());
        };
        let (negated, tree) = match token.kind {
            TokenKind::Open { negated } => (negated, self.group(token.span)?),
            TokenKind::Word { negated, text } => (negated, Expr::Term(Term::Text(FreeText::Words(text)))),
            TokenKind::Phrase { negated, text } => (negated, Expr::Term(Term::Text(FreeText::Phrase(text)))),
            TokenKind::Filter { negated, filter } => (negated, Expr::Term(Term::Filter(filter))),
            TokenKind::Close | TokenKind::And | TokenKind::Or => {
                return Err(ParseError::new(token.span, "nothing can stand here"));
            }
        };
        Ok(if negated { tree.negate() } else { tree })
    }

    fn group(&mut self, open: Span) -> Result<Tree, ParseError> {
        if self.depth == MAX_DEPTH {
            let message = format!("parentheses may be nested {MAX_DEPTH} deep at most");
            return Err(ParseError::new(open, message));
        }
        self.depth += 1;
        let tree = self.any()?;
        self.depth -= 1;
        let Some(close) = self.tokens.next() else {
            return Err(ParseError::new(
                open,
                "this parenthesis is not closed: add a ) where the group ends, or put text with parentheses in quotes",
            ));
        };
        if tree.is_all() {
            let span = Span::new(open.start, close.span.end);
            return Err(ParseError::new(span, "there is nothing in these parentheses"));
        }
        Ok(tree)
    }
}

/// All of `terms`; words that follow one another are one text.
fn conjunction(terms: Vec<Tree>) -> Tree {
    join_words(terms, |term| match term {
        Term::Text(FreeText::Words(words)) => Some(words),
        _ => None,
    })
}

/// All of `terms`, with one text made of words that follow one another.
pub(crate) fn join_words<T>(terms: Vec<Expr<T>>, words: impl Fn(&mut T) -> Option<&mut String>) -> Expr<T> {
    let terms = match Expr::and(terms) {
        Expr::And(terms) => terms,
        only => return only,
    };
    let mut joined: Vec<Expr<T>> = Vec::with_capacity(terms.len());
    for mut term in terms {
        if let (Some(Expr::Term(last)), Expr::Term(next)) = (joined.last_mut(), &mut term)
            && let (Some(last), Some(next)) = (words(last), words(next))
        {
            last.push(' ');
            last.push_str(next);
        } else {
            joined.push(term);
        }
    }
    Expr::and(joined)
}
