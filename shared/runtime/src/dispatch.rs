//! One delivery, from request to answer, without a socket.

use crate::{
    AuthError, DeadLetters, Delivery, Function, Guard, Outcome, chain, dead_letters::Cause,
};
use bytes::Bytes;
use events::{Envelope, Unreadable};
use futures_util::FutureExt;
use gcp::{Class, Classify};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use names::Timestamp;
use std::panic::AssertUnwindSafe;
use tokio::time::Instant;
use tracing::{Instrument, error, field, info, info_span, warn};

/// Authenticates, decodes and handles one delivery, and answers so that
/// Pub/Sub acks what is done or recorded and delivers the rest again.
///
/// | how it ended | answer |
/// |---|---|
/// | done, duplicate, ignored | 204 |
/// | transient, conflict, out of time | 503 |
/// | unreadable, denied, invalid | 204 once recorded, 503 until then |
/// | a bug, a panic | 500 |
/// | no valid token | 401; of somebody else 403; no keys 503 |
pub async fn dispatch<F: Function>(
    function: &F,
    guard: &Guard,
    graveyard: &DeadLetters,
    request: Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    if request.method() != Method::POST {
        return answer(StatusCode::METHOD_NOT_ALLOWED);
    }
    let span = info_span!(
        "delivery",
        function = F::NAME,
        event.id = field::Empty,
        event.subscription = field::Empty,
        event.attempt = field::Empty,
        event.age_ms = field::Empty,
        trace = field::Empty,
        span_id = field::Empty,
    );
    async {
        let began = Instant::now();
        let end = match guard.admit(request.headers(), now).await {
            Err(refused) => {
                describe(&span, request.headers(), None, now);
                End::Refused(refused)
            }
            // Not read before: a stranger's body is not worth the work.
            Ok(()) => {
                let decoded = Envelope::from_push(request.body());
                describe(&span, request.headers(), decoded.as_ref().ok(), now);
                settle(function, graveyard, &decoded, request.body(), now).await
            }
        };
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        report(&end, millis);
        answer(status(&end))
    }
    .instrument(span.clone())
    .await
}

/// How a delivery ended.
enum End {
    Handled(Outcome),
    Refused(AuthError),
    Recorded(&'static str, String),
    NotRecorded(&'static str, String),
    Again(&'static str, String),
    Bug(String),
}

/// Handles an event and, where nothing else helps, records it.
async fn settle<F: Function>(
    function: &F,
    graveyard: &DeadLetters,
    decoded: &Result<Envelope, Unreadable>,
    body: &Bytes,
    now: Timestamp,
) -> End {
    let (kind, reason) = match handle(function, decoded.as_ref(), now).await {
        Answer::End(end) => return end,
        Answer::Record(kind, reason) => (kind, reason),
    };
    let cause = Cause {
        function: F::NAME,
        kind,
        reason: &reason,
        now,
    };
    let recorded = match decoded {
        Ok(envelope) => graveyard.bury(envelope, &cause).await,
        Err(_) => graveyard.bury_raw(body, &cause).await,
    };
    match recorded {
        Ok(()) => End::Recorded(kind, reason),
        Err(e) => End::NotRecorded(kind, format!("{reason}; {}", chain(&e))),
    }
}

/// What a handler's result calls for.
enum Answer {
    End(End),
    Record(&'static str, String),
}

async fn handle<F: Function>(
    function: &F,
    decoded: Result<&Envelope, &Unreadable>,
    now: Timestamp,
) -> Answer {
    let read = decoded
        .map_err(Unreadable::clone)
        .and_then(|envelope| Ok((envelope, F::Event::try_from(envelope)?)));
    let (envelope, event) = match read {
        Ok(read) => read,
        Err(fault) => return Answer::Record("unreadable", fault.to_string()),
    };
    let delivery = Delivery {
        envelope: envelope.clone(),
        now,
        deadline: now + F::TIME,
    };
    // In a block, so that a panic before the first await is caught as well.
    let handled = AssertUnwindSafe(async { function.handle(event, &delivery).await });
    let error = match tokio::time::timeout(F::TIME, handled.catch_unwind()).await {
        Ok(Ok(Ok(outcome))) => return Answer::End(End::Handled(outcome)),
        Ok(Ok(Err(error))) => error,
        Ok(Err(panic)) => return Answer::End(End::Bug(format!("panic: {}", message(&*panic)))),
        Err(_) => {
            let reason = format!("not done in {} s", F::TIME.as_secs());
            return Answer::End(End::Again("late", reason));
        }
    };
    let reason = chain(&error);
    match error.class() {
        Class::Transient => Answer::End(End::Again("transient", reason)),
        Class::Conflict => Answer::End(End::Again("conflict", reason)),
        Class::Denied => Answer::Record("denied", reason),
        Class::Invalid => Answer::Record("invalid", reason),
        Class::Bug => Answer::End(End::Bug(reason)),
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

fn status(end: &End) -> StatusCode {
    match end {
        End::Handled(Outcome::Done | Outcome::Duplicate | Outcome::Ignored(_))
        | End::Recorded(..) => StatusCode::NO_CONTENT,
        End::Again(..) | End::NotRecorded(..) => StatusCode::SERVICE_UNAVAILABLE,
        End::Bug(_) => StatusCode::INTERNAL_SERVER_ERROR,
        End::Refused(error) => error.status(),
    }
}

/// The one log line of a delivery.
fn report(end: &End, duration_ms: u64) {
    match end {
        End::Handled(Outcome::Done) => info!(outcome = "done", duration_ms, "done"),
        End::Handled(Outcome::Duplicate) => {
            info!(outcome = "duplicate", duration_ms, "done before");
        }
        End::Handled(Outcome::Ignored(reason)) => {
            info!(
                outcome = "ignored",
                duration_ms, reason, "nothing to do: {reason}"
            );
        }
        End::Refused(error) => warn!(outcome = "refused", duration_ms, "refused: {error}"),
        End::Recorded(kind, reason) => {
            warn!(
                outcome = kind,
                duration_ms, reason, "recorded as {kind}: {reason}"
            );
        }
        End::NotRecorded(kind, reason) => warn!(
            outcome = kind,
            duration_ms, reason, "{kind}, and could not be recorded: {reason}"
        ),
        End::Again(kind, reason) => {
            warn!(
                outcome = kind,
                duration_ms, reason, "to be delivered again: {reason}"
            );
        }
        End::Bug(reason) => error!(outcome = "bug", duration_ms, reason, "defect: {reason}"),
    }
}

fn describe(
    span: &tracing::Span,
    headers: &HeaderMap,
    envelope: Option<&Envelope>,
    now: Timestamp,
) {
    let header = headers.get("traceparent").and_then(|v| v.to_str().ok());
    let attribute = || Some(envelope?.attributes.get("googclient_traceparent")?.as_str());
    if let Some((trace, parent)) = header.or_else(attribute).and_then(parents) {
        span.record("trace", trace);
        span.record("span_id", parent);
    }
    let Some(envelope) = envelope else { return };
    span.record("event.id", &envelope.message_id);
    if let Some(subscription) = &envelope.subscription {
        span.record("event.subscription", subscription);
    }
    if let Some(attempt) = envelope.delivery_attempt {
        span.record("event.attempt", attempt);
    }
    if let Some(published) = envelope.publish_time {
        let age = now.since(published).as_millis();
        span.record("event.age_ms", u64::try_from(age).unwrap_or(u64::MAX));
    }
}

/// The trace and parent span of a `traceparent` (W3C Trace Context):
/// `00-{32 hex}-{16 hex}-{2 hex}`.
fn parents(traceparent: &str) -> Option<(&str, &str)> {
    let mut parts = traceparent.split('-');
    let (_version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let hex =
        |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    (hex(trace, 32) && hex(span, 16)).then_some((trace, span))
}

fn answer(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
