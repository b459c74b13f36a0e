//! One delivery, from request to response, without a socket.

use crate::{
    DeadLetters, Delivery, FromDelivery, Function, PushAuthenticator,
    body::BodyError,
    chain,
    dead_letters::{Cause, RejectedDelivery, Rejection},
    end::{End, Reply},
    line::{DeliveryLog, DeliveryTimes},
    panic::catch,
    trigger::resolve,
};
use bytes::Bytes;
use events::{DecodeError, Envelope, MalformedEvent, Outcome};
use futures_util::{StreamExt, stream};
use gcp::{Class, Classify};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use names::{Duration, Timestamp};
use std::future::Future;
use tokio::time::timeout_at;
use tracing::Instrument;

/// How many events of a batch are handled concurrently: one that hangs must not
/// block the others.
const BATCH_CONCURRENCY: usize = 16;

/// Authenticates, decodes and handles one delivery, and responds so that Pub/Sub
/// acks what is done or recorded and redelivers the rest.
///
/// | outcome | response |
/// |---|---|
/// | done, duplicate, ignored | 204 |
/// | answered | 200 with the function's response |
/// | retry, transient, conflict, out of time | 503, with `Retry-After` if said |
/// | unreadable, unknown trigger, denied, invalid, permanent | 204 once recorded, 503 until then |
/// | a bug, a panic | 500 |
/// | body over 20 MiB | 413 once recorded in part, 503 until then |
/// | incomplete body | 400, if the connection is still open |
/// | no valid token | 401; another account's 403; no keys 503 |
/// | not a POST | 405 |
/// | too many concurrent requests | 429 with `Retry-After: 1` (only over a socket) |
/// | shutdown | 503 with `Connection: close` (only over a socket) |
/// | head over 128 KiB or over 96 headers | 431 by actix-http itself, before any of this |
///
/// Each event of a CloudEvent batch is handled and logged; the response to the
/// batch is the worst response of any of them.
pub async fn dispatch<F: Function>(
    function: &F,
    guard: &PushAuthenticator,
    dead_letters: &DeadLetters,
    request: Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    let dispatcher = Dispatcher {
        function,
        guard,
        dead_letters,
        time: F::TIME,
    };
    let (head, body) = request.into_parts();
    let target = Target {
        method: &head.method,
        path: head.uri.path(),
    };
    dispatcher
        .take(target, &head.headers, async { Ok(body) }, now)
        .await
}

/// Method and path of a request.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
}

/// Handles deliveries to one function.
pub(crate) struct Dispatcher<'a, F> {
    pub(crate) function: &'a F,
    pub(crate) guard: &'a PushAuthenticator,
    pub(crate) dead_letters: &'a DeadLetters,
    /// How long the sender waits for a response.
    pub(crate) time: Duration,
}

impl<F: Function> Dispatcher<'_, F> {
    /// Handles a request. The `body` is read only once the caller is
    /// authenticated.
    pub(crate) async fn take(
        &self,
        target: Target<'_>,
        headers: &HeaderMap,
        body: impl Future<Output = Result<Bytes, BodyError>>,
        now: Timestamp,
    ) -> Response<Bytes> {
        let reply = if target.method == Method::POST {
            self.deliver(
                target.path,
                headers,
                body,
                DeliveryTimes::new(now, self.time),
            )
            .await
        } else {
            Reply::of(StatusCode::METHOD_NOT_ALLOWED)
        };
        reply.into_response()
    }

    async fn deliver(
        &self,
        path: &str,
        headers: &HeaderMap,
        body: impl Future<Output = Result<Bytes, BodyError>>,
        times: DeliveryTimes,
    ) -> Reply {
        let line = DeliveryLog::<F>::new(headers, None, times);
        let events = match self.receive(headers, body, times).await {
            Ok(events) => events,
            Err(end) => return line.end(end),
        };
        line.end_without_line();
        let mut replies = stream::iter(events)
            .map(async |event| {
                let envelope = match event {
                    Ok(envelope) => envelope,
                    Err(malformed) => {
                        let line = DeliveryLog::<F>::new(headers, None, times);
                        // A batch of one, as the content type says.
                        let text = [b"[", &malformed.text[..], b"]"].concat().into();
                        let fault = malformed.error;
                        return line.end(self.unreadable(headers, &text, fault, times).await);
                    }
                };
                let trigger = resolve(F::TRIGGERS, path, &envelope);
                let delivery = Delivery {
                    envelope,
                    trigger: trigger.as_ref().ok().copied().flatten(),
                    now: times.now,
                    deadline: times.now + times.handler,
                };
                let mut line = DeliveryLog::<F>::new(headers, Some(&delivery.envelope), times);
                let span = line.span().clone();
                let handled = self.event(&delivery, trigger.err(), times);
                line.end(handled.instrument(span).await)
            })
            .buffer_unordered(BATCH_CONCURRENCY);
        // The decoder promises one event at least.
        let mut worst = Reply::of(StatusCode::NO_CONTENT);
        if let Some(first) = replies.next().await {
            worst = first;
        }
        while let Some(reply) = replies.next().await {
            worst = worst.worse_of(reply);
        }
        worst
    }

    /// The events of a request, or how it ended without any.
    async fn receive(
        &self,
        headers: &HeaderMap,
        body: impl Future<Output = Result<Bytes, BodyError>>,
        times: DeliveryTimes,
    ) -> Result<Vec<Result<Envelope, MalformedEvent>>, End> {
        let admitted = self.guard.admit(headers, times.now).await;
        admitted.map_err(End::Refused)?;
        let body = match timeout_at(times.handled(), body).await {
            Ok(Ok(body)) => body,
            Ok(Err(BodyError::Truncated(fault))) => return Err(End::Truncated(fault)),
            Ok(Err(BodyError::TooLong { start, length })) => {
                let record = RejectedDelivery::Body(headers, &start, Some(length));
                let reason = format!("{length} bytes are too many");
                return Err(
                    match self.record(record, Rejection::TooLong, reason, times).await {
                        Ok(reason) => End::TooLong(reason),
                        Err(reason) => End::NotRecorded(Rejection::TooLong, reason),
                    },
                );
            }
            Err(_) => {
                let late = "the body did not arrive in time".to_owned();
                return Err(End::Retry("late", late, None));
            }
        };
        match events::decode(headers, &body) {
            Ok(events) => Ok(events),
            Err(fault) => Err(self.unreadable(headers, &body, fault, times).await),
        }
    }

    /// Records what could not be decoded.
    async fn unreadable(
        &self,
        headers: &HeaderMap,
        text: &Bytes,
        fault: DecodeError,
        times: DeliveryTimes,
    ) -> End {
        let record = RejectedDelivery::Body(headers, text, None);
        self.record_rejection(record, Rejection::Unreadable, fault.to_string(), times)
            .await
    }

    /// Handles an event, and records it as a dead letter if it never can be.
    async fn event(
        &self,
        delivery: &Delivery,
        unknown: Option<String>,
        times: DeliveryTimes,
    ) -> End {
        let handled = match unknown {
            None => self.handle(delivery, times).await,
            Some(reason) => Err((Rejection::UnknownTrigger, reason)),
        };
        let (kind, reason) = match handled {
            Ok(end) => return end,
            Err(rejected) => rejected,
        };
        let record = RejectedDelivery::Event(&delivery.envelope);
        self.record_rejection(record, kind, reason, times).await
    }

    /// How handling ended, or why the event must be recorded as a dead letter.
    async fn handle(
        &self,
        delivery: &Delivery,
        times: DeliveryTimes,
    ) -> Result<End, (Rejection, String)> {
        let handled = catch(async {
            let event = F::Event::from_delivery(&delivery.envelope, delivery.trigger)?;
            Ok::<_, DecodeError>(self.function.handle(event, delivery).await)
        });
        let error = match timeout_at(times.handled(), handled).await {
            Ok(Ok(Ok(Ok(outcome)))) => return outcome_end(outcome),
            Ok(Ok(Ok(Err(error)))) => error,
            Ok(Ok(Err(fault))) => return Err((Rejection::Unreadable, fault.to_string())),
            Ok(Err(panic)) => return Ok(End::Panicked(panic)),
            Err(_) => {
                let reason = format!("not done in {} s", times.handler.as_secs());
                return Ok(End::Retry("late", reason, None));
            }
        };
        let reason = chain(&error);
        match error.class() {
            Class::Transient => Ok(End::Retry("transient", reason, None)),
            Class::Conflict => Ok(End::Retry("conflict", reason, None)),
            Class::Denied => Err((Rejection::Denied, reason)),
            Class::Invalid => Err((Rejection::Invalid, reason)),
            Class::Bug => Ok(End::Bug(reason)),
        }
    }

    /// Records a dead letter, so that the delivery can be acked.
    async fn record_rejection(
        &self,
        record: RejectedDelivery<'_>,
        kind: Rejection,
        reason: String,
        times: DeliveryTimes,
    ) -> End {
        match self.record(record, kind, reason, times).await {
            Ok(reason) => End::Recorded(kind, reason),
            Err(reason) => End::NotRecorded(kind, reason),
        }
    }

    /// Records a dead letter; the error also says why recording failed.
    async fn record(
        &self,
        record: RejectedDelivery<'_>,
        kind: Rejection,
        reason: String,
        times: DeliveryTimes,
    ) -> Result<String, String> {
        let cause = Cause {
            function: F::NAME,
            kind,
            reason: &reason,
            now: times.now,
        };
        match timeout_at(times.last, self.dead_letters.record(record, &cause)).await {
            Ok(Ok(())) => Ok(reason),
            Ok(Err(e)) => Err(format!("{reason}; {}", chain(&e))),
            Err(_) => Err(format!("{reason}; not recorded in time")),
        }
    }
}

fn outcome_end(outcome: Outcome) -> Result<End, (Rejection, String)> {
    Ok(match outcome {
        Outcome::Done => End::Done,
        Outcome::Duplicate => End::Duplicate,
        Outcome::Ignored(reason) => End::Ignored(reason),
        Outcome::Retry { reason, after } => End::Retry("retry", reason, after),
        Outcome::Permanent(reason) => return Err((Rejection::Permanent, reason)),
        Outcome::Answer { body, content_type } => End::Answered(body, content_type),
    })
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
