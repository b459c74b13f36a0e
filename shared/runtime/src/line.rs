//! A delivery's times, and the one line that the log has of it.

use crate::{
    Function,
    end::{End, Reply},
};
use events::Envelope;
use http::HeaderMap;
use names::{Duration, Timestamp};
use std::marker::PhantomData;
use tokio::time::Instant;
use tracing::{Span, info_span, warn};

/// The times of one delivery.
#[derive(Clone, Copy)]
pub(crate) struct DeliveryTimes {
    pub(crate) now: Timestamp,
    began: Instant,
    /// How long the handler has.
    pub(crate) handler: Duration,
    /// When a record must be made, with just time left to answer.
    pub(crate) last: Instant,
}

impl DeliveryTimes {
    pub(crate) fn new(now: Timestamp, time: Duration) -> Self {
        let margin = (time / 10).max(Duration::from_secs(1));
        let (began, handler) = (Instant::now(), time.saturating_sub(margin));
        Self {
            now,
            began,
            handler,
            last: began + handler + margin / 2,
        }
    }

    /// When the handler must have ended.
    pub(crate) fn handled(&self) -> Instant {
        self.began + self.handler
    }
}

/// The log line of a delivery, written also if the delivery is dropped.
pub(crate) struct DeliveryLog<'a, F: Function> {
    headers: &'a HeaderMap,
    envelope: Option<&'a Envelope>,
    times: DeliveryTimes,
    span: Option<Span>,
    open: bool,
    function: PhantomData<F>,
}

impl<'a, F: Function> DeliveryLog<'a, F> {
    pub(crate) fn new(
        headers: &'a HeaderMap,
        envelope: Option<&'a Envelope>,
        times: DeliveryTimes,
    ) -> Self {
        Self {
            headers,
            envelope,
            times,
            span: None,
            open: true,
            function: PhantomData,
        }
    }

    /// The span of the delivery, made when it is first needed.
    pub(crate) fn span(&mut self) -> &Span {
        let (envelope, now) = (self.envelope, self.times.now);
        self.span.get_or_insert_with(|| {
            let header = self.headers.get("traceparent");
            let header = header.and_then(|v| v.to_str().ok());
            let trace = envelope.and_then(|e| e.trace.as_deref()).or(header);
            let trace = trace.and_then(Trace::parse);
            let age = envelope.and_then(|e| Some(now.since(e.publish_time?)));
            info_span!(
                "delivery",
                function = F::NAME,
                event.id = envelope.map(|e| e.message_id.as_str()),
                event.subscription = envelope.and_then(|e| e.subscription.as_deref()),
                event.attempt = envelope.and_then(|e| e.delivery_attempt),
                event.age_ms = age.map(millis),
                trace = trace.map(|t| t.id),
                span_id = trace.map(|t| t.parent),
                trace_sampled = trace.map(|t| t.sampled),
            )
        })
    }

    pub(crate) fn end(mut self, end: End) -> Reply {
        self.open = false;
        let millis = millis(self.times.began.elapsed());
        self.span().in_scope(|| end.report(millis));
        end.reply()
    }

    pub(crate) fn end_without_line(mut self) {
        self.open = false;
    }
}

impl<F: Function> Drop for DeliveryLog<'_, F> {
    fn drop(&mut self) {
        if self.open {
            let duration_ms = millis(self.times.began.elapsed());
            self.span().in_scope(|| {
                warn!(
                    outcome = "abandoned",
                    duration_ms,
                    "abandoned: the sender closed the connection, or the process exits"
                );
            });
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// What a `traceparent` says (W3C Trace Context):
/// `00-{32 hex}-{16 hex}-{2 hex}`, of which the last bit is "sampled".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trace<'a> {
    id: &'a str,
    parent: &'a str,
    sampled: bool,
}

impl<'a> Trace<'a> {
    fn parse(traceparent: &'a str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let (_version, id, parent) = (parts.next()?, parts.next()?, parts.next()?);
        let flags = u8::from_str_radix(parts.next()?, 16).ok()?;
        let hex = |text: &str, length| {
            text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        (hex(id, 32) && hex(parent, 16)).then_some(Self {
            id,
            parent,
            sampled: flags & 1 == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_names_trace_and_span() {
        let (id, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        for (flags, sampled) in [("01", true), ("00", false), ("03", true)] {
            assert_eq!(
                Trace::parse(&format!("00-{id}-{parent}-{flags}")),
                Some(Trace {
                    id,
                    parent,
                    sampled
                })
            );
        }
        for wrong in [
            "",
            "00",
            "00-a-b-01",
            &format!("00-{id}-{parent}"),
            &format!("00-{id}-{parent}-x"),
            &format!("00-{id}-{}-01", "§".repeat(8)),
        ] {
            assert_eq!(Trace::parse(wrong), None, "{wrong}");
        }
    }
}
