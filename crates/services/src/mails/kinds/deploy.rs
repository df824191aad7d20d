//! A release was deployed.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::{
    compose::Said,
    letter::{Block, Letter},
    source::Source,
};
use crate::events::payload;

pub(in super::super) async fn say(source: &Source<'_>) -> Result<Said, store::Error> {
    let cause = &source.of.cause;
    let field = |key: &str| payload::text(cause, key).unwrap_or_default();
    let (version, environment) = (field("version"), field("environment"));
    let by = match payload::number(cause, "actor") {
        Some(id) => source.name_of(model::UserId(id.try_into().unwrap_or(0))).await?,
        None => String::new(),
    };
    let mut blocks: Vec<Block> = Block::facts([
        ("Release", version.clone()),
        ("Environment", environment.clone()),
        ("Name", field("name")),
        ("By", by),
        ("Page of the deploy", field("url")),
        ("Project", source.project_slug().to_owned()),
    ])
    .into_iter()
    .collect();
    blocks.push(Block::button(
        "View new issues on Tocsin",
        source.page(&format!(
            "issues/?query={}&referrer=deploy_email",
            utf8_percent_encode(&format!("firstRelease:\"{version}\""), NON_ALPHANUMERIC)
        )),
    ));
    Ok(Said::new(
        "deploy_email",
        Letter {
            subject: format!("Deployed version {version} to {environment}"),
            preview: String::new(),
            heading: format!("{version} was deployed to {environment}"),
            blocks,
        },
    ))
}
