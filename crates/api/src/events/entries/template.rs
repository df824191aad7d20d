use protocol::event::Template;
use serde::Serialize;

use super::context;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateView<'a> {
    line_no: Option<u64>,
    filename: Option<&'a str>,
    context: Vec<(u64, &'a str)>,
}

impl<'a> TemplateView<'a> {
    pub(super) fn of(template: &'a Template) -> Self {
        let line = template.context_line.as_deref();
        Self {
            line_no: template.lineno,
            filename: template.filename.as_deref(),
            context: context(template.lineno, &template.pre_context, line, &template.post_context),
        }
    }
}
