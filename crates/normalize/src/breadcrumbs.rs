//! The trail before the event, in the order in which it was sent.

use model::Level;
use protocol::event::Event;

pub(crate) fn normalize(event: &mut Event) {
    for breadcrumb in event.breadcrumbs.iter_mut() {
        breadcrumb.level.get_or_insert(Level::Info);
        let kind = breadcrumb.kind.get_or_insert_default();
        if kind.is_empty() {
            "default".clone_into(kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::tests::read;

    #[test]
    fn type_and_level_have_defaults() {
        let mut event = read(json!({"breadcrumbs": [{"message": "a"}, null, {"type": "", "level": "error"}]}));
        super::normalize(&mut event);
        let breadcrumbs = serde_json::to_value(&event.breadcrumbs.values).unwrap();
        let expected = json!([
            {"type": "default", "level": "info", "message": "a"},
            {"type": "default", "level": "error"},
        ]);
        assert_eq!(breadcrumbs, expected);
    }
}
