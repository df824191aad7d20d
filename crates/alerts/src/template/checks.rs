//! What a template may hold. Fuel counts steps, but one step can double a text that was bound before; so nothing is
//! bound but the parts of a list that was passed in, and no operator makes a value longer than its parts.

use minijinja::{
    machinery::{
        Span, Token,
        ast::{BinOpKind, CallArg, Expr, Stmt},
        parse, tokenize,
    },
    syntax::SyntaxConfig,
};

use super::{FILTERS, TemplateError, filters::TESTS, of_engine};

/// Parts of one tag: what reads, compiles and drops an expression goes as deep as it is long.
const MOST_TOKENS: usize = 100;
/// Tags in all: a list of `elif` is as deep as it is long.
const MOST_TAGS: usize = 200;

pub(super) fn check(source: &str) -> Result<(), TemplateError> {
    check_size(source)?;
    let parsed = parse(source, "template", SyntaxConfig::default()).map_err(|error| of_engine(source, &error))?;
    statement(&parsed)
}

fn check_size(source: &str) -> Result<(), TemplateError> {
    let (mut tags, mut tokens) = (0, 0);
    for token in tokenize(source, false, SyntaxConfig::default()) {
        let (token, span) = token.map_err(|error| of_engine(source, &error))?;
        tokens += 1;
        match token {
            Token::TemplateData(_) => tokens = 0,
            Token::VariableStart | Token::BlockStart => {
                tokens = 0;
                tags += 1;
            }
            _ => {}
        }
        if tokens > MOST_TOKENS {
            return refused(span, format!("expected at most {MOST_TOKENS} parts in a tag"));
        }
        if tags > MOST_TAGS {
            return refused(span, format!("expected at most {MOST_TAGS} tags"));
        }
    }
    Ok(())
}

fn refused<T>(span: Span, message: impl Into<String>) -> Result<T, TemplateError> {
    Err(TemplateError {
        line: span.start_line.into(),
        column: usize::from(span.start_col) + 1,
        message: message.into(),
    })
}

fn statements(body: &[Stmt<'_>]) -> Result<(), TemplateError> {
    body.iter().try_for_each(statement)
}

fn statement(statement: &Stmt<'_>) -> Result<(), TemplateError> {
    let not_here = |span, name| refused(span, format!("{name} cannot be used in messages"));
    match statement {
        Stmt::Template(template) => statements(&template.children),
        Stmt::EmitRaw(_) => Ok(()),
        Stmt::EmitExpr(emit) => expression(&emit.expr),
        Stmt::IfCond(condition) => {
            expression(&condition.expr)?;
            statements(&condition.true_body)?;
            statements(&condition.false_body)
        }
        Stmt::ForLoop(list) => {
            if list.recursive || !is_path(&list.iter) {
                return refused(list.span(), "a loop can go over a variable only");
            }
            expression(&list.iter)?;
            list.filter_expr.iter().try_for_each(expression)?;
            statements(&list.body)?;
            statements(&list.else_body)
        }
        Stmt::WithBlock(block) => not_here(block.span(), "with"),
        Stmt::Set(set) => not_here(set.span(), "set"),
        Stmt::SetBlock(set) => not_here(set.span(), "set"),
        Stmt::AutoEscape(block) => not_here(block.span(), "autoescape"),
        Stmt::FilterBlock(block) => not_here(block.span(), "a filter block"),
        Stmt::Do(call) => not_here(call.span(), "do"),
    }
}

/// `tags`, `issues[0].tags`: a part of what was passed in.
fn is_path(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Var(_) => true,
        Expr::GetAttr(attribute) => is_path(&attribute.expr),
        Expr::GetItem(item) => is_path(&item.expr),
        _ => false,
    }
}

fn expressions<'a>(list: impl IntoIterator<Item = &'a Expr<'a>>) -> Result<(), TemplateError> {
    list.into_iter().try_for_each(expression)
}

fn expression(one: &Expr<'_>) -> Result<(), TemplateError> {
    match one {
        Expr::Var(_) | Expr::Const(_) => Ok(()),
        Expr::GetAttr(attribute) => expression(&attribute.expr),
        Expr::GetItem(item) => {
            expression(&item.expr)?;
            expression(&item.subscript_expr)
        }
        Expr::Slice(slice) => {
            expression(&slice.expr)?;
            let bounds = [&slice.start, &slice.stop, &slice.step];
            expressions(bounds.into_iter().flatten())
        }
        Expr::UnaryOp(operation) => expression(&operation.expr),
        Expr::BinOp(operation) => {
            let is_growing = matches!(operation.op, BinOpKind::Mul | BinOpKind::Pow);
            if is_growing {
                return refused(operation.span(), "nothing can be multiplied in messages");
            }
            expression(&operation.left)?;
            expression(&operation.right)
        }
        Expr::Compare(compare) => {
            expression(&compare.expr)?;
            expressions(compare.ops.iter().map(|with| &with.expr))
        }
        Expr::IfExpr(choice) => {
            expression(&choice.test_expr)?;
            expression(&choice.true_expr)?;
            choice.false_expr.iter().try_for_each(expression)
        }
        Expr::Filter(filter) => {
            if !FILTERS.iter().any(|(name, _)| *name == filter.name) {
                return refused(filter.span(), format!("there is no filter {}", filter.name));
            }
            filter.expr.iter().try_for_each(expression)?;
            arguments(filter.span(), &filter.args)
        }
        Expr::Test(test) => {
            if !TESTS.contains(&test.name) {
                return refused(test.span(), format!("there is no test {}", test.name));
            }
            expression(&test.expr)?;
            arguments(test.span(), &test.args)
        }
        Expr::List(list) => expressions(&list.items),
        Expr::Tuple(list) => expressions(&list.items),
        Expr::Call(call) => refused(call.span(), "nothing can be called in messages"),
        Expr::Map(map) => refused(map.span(), "objects cannot be made in messages"),
    }
}

fn arguments(span: Span, arguments: &[CallArg<'_>]) -> Result<(), TemplateError> {
    arguments.iter().try_for_each(|argument| match argument {
        CallArg::Pos(value) | CallArg::Kwarg(_, value) => expression(value),
        CallArg::PosSplat(_) | CallArg::KwargSplat(_) => refused(span, "arguments cannot be unpacked in messages"),
    })
}
