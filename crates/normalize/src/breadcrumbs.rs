//! The trail before the event: the last of it, in the order in which it was sent.

use model::Level;
use protocol::event::Event;

use crate::limits::{MESSAGE, NAME, cut_field};

const MAX_BREADCRUMBS: usize = 100;

pub(crate) fn normalize(event: &mut Event) {
    let breadcrumbs = &mut event.breadcrumbs;
    let surplus = breadcrumbs.len().saturating_sub(MAX_BREADCRUMBS);
    breadcrumbs.drain(..surplus);
    for breadcrumb in breadcrumbs.iter_mut() {
        breadcrumb.level.get_or_insert(Level::Info);
        breadcrumb.kind.get_or_insert_with(|| "default".to_owned());
        cut_field(&mut breadcrumb.kind, NAME);
        cut_field(&mut breadcrumb.category, NAME);
        cut_field(&mut breadcrumb.message, MESSAGE);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[test]
    fn the_last_hundred_stay() {
        let breadcrumbs: Vec<Value> = (0..120).map(|number| json!({"message": number.to_string()})).collect();
        let mut event = read(json!({"breadcrumbs": breadcrumbs}));
        super::normalize(&mut event);
        assert_eq!(event.breadcrumbs.len(), 100);
        let first = serde_json::to_value(&event.breadcrumbs[0]).unwrap();
        assert_eq!(first, json!({"type": "default", "level": "info", "message": "20"}));
    }
}
