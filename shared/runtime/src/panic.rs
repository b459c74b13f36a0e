//! A panic in a handler is an answer, not the end of the process.

use std::{
    any::Any,
    backtrace::Backtrace,
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// A panic of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    pub(crate) message: String,
    /// `None` unless [`watch`] has been called.
    pub(crate) location: Option<PanicLocation>,
}

/// The source location and stack of a panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PanicLocation {
    pub(crate) file: String,
    pub(crate) line: u32,
    /// The stack; names only where the binary has symbols.
    pub(crate) stack: String,
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static LOCATION: RefCell<Option<PanicLocation>> = const { RefCell::new(None) };
}

/// From now on a panic that [`catch`] sees has its place with it and is not
/// printed: the delivery's log line says it. Others are printed as before.
pub(crate) fn watch() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let Some(location) = info.location().filter(|_| CATCHING.get()) else {
            return before(info);
        };
        LOCATION.set(Some(PanicLocation {
            file: location.file().to_owned(),
            line: location.line(),
            stack: Backtrace::force_capture().to_string(),
        }));
    }));
}

/// What `work` returns, or its panic.
pub(crate) async fn catch<T>(work: impl Future<Output = T>) -> Result<T, Panic> {
    let mut work = pin!(work);
    poll_fn(|context| match guarded(|| work.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// What `work` returns, or its panic.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    let outer = CATCHING.replace(true);
    // Whoever panicked is dropped, not used again.
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    done.map_err(|panic| Panic {
        message: message(&*panic).to_owned(),
        location: LOCATION.take(),
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_recorded_with_message_and_location() {
        watch();
        assert_eq!(catch(async { 7 }).await, Ok(7));
        let late = async {
            tokio::task::yield_now().await;
            panic!("no {}", "guest");
        };
        let panic: Panic = catch::<()>(late).await.expect_err("it panics");
        assert_eq!(panic.message, "no guest");
        let place = panic.location.expect("watched");
        assert!(place.file.ends_with("panic.rs") && place.line > 0);
        assert!(!CATCHING.get());
    }
}
