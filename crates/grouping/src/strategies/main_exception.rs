//! Exceptions of frameworks that only wrap what went wrong: the event is named after what they wrap. No hash depends on
//! it (`ingest.md` §6.3).

use protocol::event::Exception;

/// The id of the exception that tells more than the last one.
pub(super) fn wrapped(exceptions: &[Exception]) -> Option<u64> {
    cause_of_react(exceptions).or_else(|| wrapped_by_rxjava(exceptions))
}

/// React reports what it recovered from with a text of its own, and gives the cause since version 19.
fn cause_of_react(exceptions: &[Exception]) -> Option<u64> {
    let begins = [
        "There was an error during concurrent rendering but React was able to recover",
        "There was an error while hydrating but React was able to recover",
    ];
    let (wrapper, cause) = (exceptions.first()?, exceptions.last()?.mechanism.as_ref()?);
    let value = wrapper.value.as_deref().unwrap_or_default();
    let is_wrapper = wrapper.kind.as_deref() == Some("Error") && begins.iter().any(|begin| value.starts_with(begin));
    cause
        .exception_id
        .filter(|id| is_wrapper && *id != 0 && cause.source.as_deref() == Some("cause"))
}

/// RxJava passes what nobody handled to the thread's handler in a wrapper.
fn wrapped_by_rxjava(exceptions: &[Exception]) -> Option<u64> {
    let is_wrapper = |exception: &&Exception| {
        let module = exception.module.as_deref().unwrap_or_default();
        let kind = exception.kind.as_deref().unwrap_or_default();
        module.starts_with("io.reactivex.")
            && matches!(
                kind,
                "OnErrorNotImplementedException" | "CompositeException" | "UndeliverableException"
            )
    };
    let wrapper = exceptions.iter().find(is_wrapper)?.mechanism.as_ref()?.exception_id?;
    let of_wrapper = |exception: &Exception| {
        let mechanism = exception.mechanism.as_ref()?;
        mechanism.exception_id.filter(|_| mechanism.parent_id == Some(wrapper))
    };
    exceptions.iter().find_map(of_wrapper)
}
