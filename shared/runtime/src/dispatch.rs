//! One delivery, from request to answer, without a socket.

use crate::{
    DeadLetters, Delivery, Function, Guard, Outcome,
    body::Unread,
    chain,
    dead_letters::{Cause, Kind, Record},
    end::{End, Reply},
    line::{Line, Times},
    panic::catch,
};
use bytes::Bytes;
use events::{DecodeError, Envelope};
use futures_util::{StreamExt, stream};
use gcp::{Class, Classify};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use names::{Duration, Timestamp};
use std::future::Future;
use tokio::time::timeout_at;
use tracing::Instrument;

/// How many events of a batch are handled at a time: a stuck one must not
/// keep the others from being handled, in this delivery or the next.
const AT_ONCE: usize = 16;

/// Authenticates, decodes and handles one delivery, and answers so that
/// Pub/Sub acks what is done or recorded and delivers the rest again.
///
/// | how it ended | answer |
/// |---|---|
/// | done, duplicate, ignored | 204 |
/// | answered | 200 with the answer |
/// | retry, transient, conflict, out of time | 503, with `Retry-After` if said |
/// | unreadable, denied, invalid, permanent | 204 once recorded, 503 until then |
/// | a bug, a panic | 500 |
/// | body over 20 MiB | 413 once recorded in part, 503 until then |
/// | body that ends too soon | 400, if anybody still listens |
/// | no valid token | 401; of somebody else 403; no keys 503 |
/// | not a POST | 405 |
/// | too many at once | 429 with `Retry-After: 1` (only over a socket) |
/// | the process ends | 503 with `Connection: close` (only over a socket) |
/// | head over 128 KiB | 431 by actix-http itself, before any of this |
///
/// Each event of a CloudEvent batch is handled and logged; the batch's answer
/// is the worst of theirs.
pub async fn dispatch<F: Function>(
    function: &F,
    guard: &Guard,
    graveyard: &DeadLetters,
    request: Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    let desk = Desk {
        function,
        guard,
        graveyard,
        time: F::TIME,
    };
    let (head, body) = request.into_parts();
    desk.take(&head.method, &head.headers, async { Ok(body) }, now)
        .await
}

/// What a delivery is dealt with by.
pub(crate) struct Desk<'a, F> {
    pub(crate) function: &'a F,
    pub(crate) guard: &'a Guard,
    pub(crate) graveyard: &'a DeadLetters,
    /// How long the sender waits, at the most.
    pub(crate) time: Duration,
}

impl<F: Function> Desk<'_, F> {
    /// Deals with a request, whose `body` is read only if it may deliver: a
    /// stranger's is not worth the work.
    pub(crate) async fn take(
        &self,
        method: &Method,
        headers: &HeaderMap,
        body: impl Future<Output = Result<Bytes, Unread>>,
        now: Timestamp,
    ) -> Response<Bytes> {
        let reply = if method == Method::POST {
            self.deliver(headers, body, Times::new(now, self.time))
                .await
        } else {
            Reply::of(StatusCode::METHOD_NOT_ALLOWED)
        };
        reply.into_response()
    }

    async fn deliver(
        &self,
        headers: &HeaderMap,
        body: impl Future<Output = Result<Bytes, Unread>>,
        times: Times,
    ) -> Reply {
        let line = Line::<F>::new(headers, None, times);
        let envelopes = match self.receive(headers, body, times).await {
            Ok(envelopes) => envelopes,
            Err(end) => return line.end(end),
        };
        line.leave_to_the_events();
        let deliveries = envelopes.into_iter().map(|envelope| Delivery {
            envelope,
            now: times.now,
            deadline: times.now + times.handler,
        });
        let mut replies = stream::iter(deliveries)
            .map(async |delivery| {
                let mut line = Line::<F>::new(headers, Some(&delivery.envelope), times);
                let span = line.span().clone();
                line.end(self.event(&delivery, times).instrument(span).await)
            })
            .buffer_unordered(AT_ONCE);
        // The decoder promises one event at least.
        let mut worst = Reply::of(StatusCode::NO_CONTENT);
        if let Some(first) = replies.next().await {
            worst = first;
        }
        while let Some(reply) = replies.next().await {
            worst = worst.worse(reply);
        }
        worst
    }

    /// The events of a request, or why there are none to handle.
    async fn receive(
        &self,
        headers: &HeaderMap,
        body: impl Future<Output = Result<Bytes, Unread>>,
        times: Times,
    ) -> Result<Vec<Envelope>, End> {
        let admitted = self.guard.admit(headers, times.now).await;
        admitted.map_err(End::Refused)?;
        let body = match timeout_at(times.handled(), body).await {
            Ok(Ok(body)) => body,
            Ok(Err(Unread::Cut(fault))) => return Err(End::Cut(fault)),
            Ok(Err(Unread::TooLong { start, length })) => {
                let record = Record::Body(headers, &start, Some(length));
                let reason = format!("{length} bytes are too many");
                return Err(
                    match self.record(record, Kind::TooLong, reason, times).await {
                        Ok(reason) => End::TooLong(reason),
                        Err(reason) => End::NotRecorded(Kind::TooLong, reason),
                    },
                );
            }
            Err(_) => {
                let late = "the body did not arrive in time".to_owned();
                return Err(End::Again("late", late, None));
            }
        };
        match events::decode(headers, &body) {
            Ok(envelopes) => Ok(envelopes),
            Err(fault) => {
                let record = Record::Body(headers, &body, None);
                let reason = fault.to_string();
                Err(self.settle(record, Kind::Unreadable, reason, times).await)
            }
        }
    }

    /// Handles an event and, where nothing else helps, records it.
    async fn event(&self, delivery: &Delivery, times: Times) -> End {
        let (kind, reason) = match self.handle(delivery, times).await {
            Ok(end) => return end,
            Err(record) => record,
        };
        let record = Record::Event(&delivery.envelope);
        self.settle(record, kind, reason, times).await
    }

    /// How handling ended, or as what the event is to be recorded and why.
    async fn handle(&self, delivery: &Delivery, times: Times) -> Result<End, (Kind, String)> {
        let handled = catch(async {
            let event = F::Event::try_from(&delivery.envelope)?;
            Ok::<_, DecodeError>(self.function.handle(event, delivery).await)
        });
        let error = match timeout_at(times.handled(), handled).await {
            Ok(Ok(Ok(Ok(outcome)))) => return outcome_end(outcome),
            Ok(Ok(Ok(Err(error)))) => error,
            Ok(Ok(Err(fault))) => return Err((Kind::Unreadable, fault.to_string())),
            Ok(Err(panic)) => return Ok(End::Panicked(panic)),
            Err(_) => {
                let reason = format!("not done in {} s", times.handler.as_secs());
                return Ok(End::Again("late", reason, None));
            }
        };
        let reason = chain(&error);
        match error.class() {
            Class::Transient => Ok(End::Again("transient", reason, None)),
            Class::Conflict => Ok(End::Again("conflict", reason, None)),
            Class::Denied => Err((Kind::Denied, reason)),
            Class::Invalid => Err((Kind::Invalid, reason)),
            Class::Bug => Ok(End::Bug(reason)),
        }
    }

    /// Records what cannot be handled, so that it can be acked.
    async fn settle(&self, record: Record<'_>, kind: Kind, reason: String, times: Times) -> End {
        match self.record(record, kind, reason, times).await {
            Ok(reason) => End::Recorded(kind, reason),
            Err(reason) => End::NotRecorded(kind, reason),
        }
    }

    /// Records it, or says also why that could not be done.
    async fn record(
        &self,
        record: Record<'_>,
        kind: Kind,
        reason: String,
        times: Times,
    ) -> Result<String, String> {
        let cause = Cause {
            function: F::NAME,
            kind,
            reason: &reason,
            now: times.now,
        };
        match timeout_at(times.last, self.graveyard.record(record, &cause)).await {
            Ok(Ok(())) => Ok(reason),
            Ok(Err(e)) => Err(format!("{reason}; {}", chain(&e))),
            Err(_) => Err(format!("{reason}; not recorded in time")),
        }
    }
}

fn outcome_end(outcome: Outcome) -> Result<End, (Kind, String)> {
    Ok(match outcome {
        Outcome::Done => End::Done,
        Outcome::Duplicate => End::Duplicate,
        Outcome::Ignored(reason) => End::Ignored(reason),
        Outcome::Retry { reason, after } => End::Again("retry", reason, after),
        Outcome::Permanent(reason) => return Err((Kind::Permanent, reason)),
        Outcome::Answer { body, content_type } => End::Answered(body, content_type),
    })
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
