//! Long stacks: both ends say most, where it began and where it failed.

use protocol::event::{Frame, Meta};

use crate::notes::Place;

const MAX_FRAMES: usize = 250;
/// Beyond so many, frames in the middle lose what is largest.
const MAX_WHOLE_FRAMES: usize = 50;

pub(super) fn drop_middle(frames: &mut Vec<Frame>, place: &Place<'_>, meta: &mut Meta) {
    let length = frames.len();
    if length <= MAX_FRAMES {
        return;
    }
    let half = MAX_FRAMES / 2;
    frames.drain(half..length - half);
    let path = place.path();
    meta.renumber(path.iter().copied(), |old| match old {
        old if old < half => Some(old),
        old => old.checked_sub(length - MAX_FRAMES).filter(|new| *new >= half),
    });
    meta.at(path).original_length(length);
}

/// Variables and surrounding source go from the middle of the frames that are not the program's own, and if that is not
/// enough, from the middle of its own.
pub(super) fn slim(frames: &mut [Frame]) {
    if frames.len() <= MAX_WHOLE_FRAMES {
        return;
    }
    let (own, foreign): (Vec<usize>, Vec<usize>) =
        (0..frames.len()).partition(|index| frames[*index].in_app == Some(true));
    let kept_at_each_end = MAX_WHOLE_FRAMES.saturating_sub(own.len()) / 2;
    let slim_foreign = middle(&foreign, kept_at_each_end);
    let surplus = frames.len() - MAX_WHOLE_FRAMES;
    let left = surplus.saturating_sub(slim_foreign.len());
    let slim_own = middle(&own, own.len().saturating_sub(left) / 2);
    for index in slim_foreign.iter().chain(slim_own) {
        let frame = &mut frames[*index];
        frame.vars.clear();
        frame.pre_context.clear();
        frame.post_context.clear();
    }
}

fn middle(indices: &[usize], ends: usize) -> &[usize] {
    indices
        .get(ends..indices.len().saturating_sub(ends))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    fn frames(count: usize, in_app: impl Fn(usize) -> bool) -> Vec<Value> {
        (0..count)
            .map(|line| json!({"lineno": line, "vars": {"a": 1}, "pre_context": ["x"], "in_app": in_app(line)}))
            .collect()
    }

    #[test]
    fn long_stacks_lose_their_middle() {
        let mut stack = frames(300, |_| true);
        stack[280]["function"] = json!("f".repeat(300));
        let mut event = read(json!({"exception": [{"type": "E", "stacktrace": {"frames": stack}}]}));
        crate::trim(&mut event);
        let frames = &event.exception[0].stacktrace.as_ref().unwrap().frames;
        let lines: Vec<u64> = frames.iter().filter_map(|frame| frame.lineno).collect();
        assert_eq!(lines, (0..125).chain(175..300).collect::<Vec<u64>>());
        let place = ["exception", "values", "0", "stacktrace", "frames"];
        assert_eq!(event.meta.get(place).unwrap()["len"], 300);
        let of_frame = place.into_iter().chain(["230", "function"]);
        assert!(event.meta.get(of_frame).is_some());
    }

    #[test]
    fn many_frames_lose_their_variables() {
        let mut event = read(json!({"stacktrace": {"frames": frames(100, |line| line % 4 == 0)}}));
        crate::trim(&mut event);
        let frames = &event.stacktrace.as_ref().unwrap().frames;
        assert_eq!(frames.len(), 100);
        let whole = frames.iter().filter(|frame| !frame.vars.is_empty());
        let lines: Vec<u64> = whole.filter_map(|frame| frame.lineno).collect();
        let expected = (0..16).chain((16..=84).step_by(4)).chain(85..100);
        let expected: Vec<u64> = expected.filter(|line| *line != 48).collect();
        assert_eq!(lines, expected);
        assert!(
            frames
                .iter()
                .all(|frame| frame.vars.is_empty() == frame.pre_context.is_empty())
        );

        let mut event = read(json!({"stacktrace": {"frames": frames_of_the_program()}}));
        crate::trim(&mut event);
        let frames = &event.stacktrace.as_ref().unwrap().frames;
        assert_eq!(frames.iter().filter(|frame| !frame.vars.is_empty()).count(), 50);
        assert!(frames[24].vars.len() == 1 && frames[25].vars.is_empty() && frames[175].vars.len() == 1);
    }

    fn frames_of_the_program() -> Vec<Value> {
        frames(200, |_| true)
    }
}
