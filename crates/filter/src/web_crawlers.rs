/// Parts of the names of crawlers, in lower case (`ingest.md` §4).
const NAMES: [&str; 19] = [
    "mediapartners-google",
    "adsbot-google",
    "googlebot",
    "feedfetcher-google",
    "bingbot",
    "bingpreview",
    "baiduspider",
    "slurp",
    "sogou",
    "facebook",
    "ia_archiver",
    "slack",
    "calypso appcrawler",
    "pingdom",
    "lyticsbot",
    "aws security scanner",
    "hubspot crawler",
    "bytespider",
    "better uptime",
];

/// Words that make a crawler when they end: `bot/2.1`, `spider;`.
const WORDS: [&str; 3] = ["bot", "bots", "spider"];

pub(crate) fn matches(user_agent: &str) -> bool {
    let user_agent = user_agent.to_ascii_lowercase();
    if is_slackbot(&user_agent) {
        return false;
    }
    NAMES.iter().any(|name| user_agent.contains(name)) || WORDS.iter().any(|word| ends(&user_agent, word))
}

/// Slack's own client posts what people wrote in a channel, so `Slackbot 1.0` is no crawler; the others of Slack are.
fn is_slackbot(user_agent: &str) -> bool {
    user_agent.match_indices("slackbot").any(|(at, name)| {
        let mut rest = user_agent[at + name.len()..].chars();
        rest.next().is_some_and(char::is_whitespace)
            && rest.next() == Some('1')
            && rest.next() == Some('.')
            && rest.next().is_some_and(|c| c.is_ascii_digit())
    })
}

fn ends(user_agent: &str, word: &str) -> bool {
    user_agent.match_indices(word).any(|(at, _)| {
        let next = user_agent[at + word.len()..].chars().next();
        next.is_some_and(|c| matches!(c, '/' | ')' | ';') || c.is_whitespace())
    })
}
