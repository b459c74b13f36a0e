//! Faults of the network and of processes, as often as a seed says.

use crate::dice::Dice;
use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use names::{Clock, Duration, Timestamp};
use simulator::Host;
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use tokio::{sync::Notify, time::sleep};

/// How often what goes wrong, in 1,000 requests or messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mix {
    /// The connection fails; nothing was sent.
    pub unsent: u64,
    /// Google answers 429 or 503; nothing was applied.
    pub refused: u64,
    /// The request is applied and the answer lost.
    pub lost: u64,
    /// The request is applied at some later time, long after its caller gave up.
    pub late: u64,
    /// The caller's process dies before the request, or after it was applied.
    pub crash: u64,
    /// A push is delivered twice, or much later.
    pub stray: u64,
    /// An agent's report is lost for good.
    pub unreported: u64,
    /// A machine never boots.
    pub dead_boot: u64,
    /// A machine boots only when it is about to be given up.
    pub slow_boot: u64,
    /// A machine is preempted, in 1,000 machines a minute.
    pub preempted: u64,
}

impl Mix {
    /// The mix of a seed: each fault is absent, rare or frequent by itself.
    #[must_use]
    pub fn of(dice: &Dice) -> Self {
        let often = |most: u64| match dice.between(0, 3) {
            0 => 0,
            1 => most / 8,
            2 => most / 3,
            _ => most,
        };
        Self {
            unsent: often(60),
            refused: often(80),
            lost: often(60),
            late: often(80),
            crash: often(80),
            stray: often(150),
            unreported: often(120),
            dead_boot: often(400),
            slow_boot: often(300),
            preempted: often(150),
        }
    }
}

/// The faults of a world, until the calm.
pub struct Chaos {
    /// What fate is drawn from.
    pub dice: Dice,
    /// How often what happens.
    pub mix: Mix,
    /// From when on nothing goes wrong any more.
    pub calm: Timestamp,
    /// The world's clock.
    pub clock: Arc<dyn Clock>,
    /// Connections that fail.
    pub cut: Option<Cut>,
}

impl Chaos {
    /// Whether a fault of this frequency happens now.
    #[must_use]
    pub fn strikes(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.clock.now() < self.calm && self.dice.chance(per_mille)
    }

    /// Some milliseconds.
    #[must_use]
    pub fn moment(&self) -> Duration {
        Duration::from_millis(self.dice.between(1, 80))
    }

    /// Some seconds to an hour; short ones are as likely as long ones.
    #[must_use]
    pub fn long_while(&self) -> Duration {
        let most = [5, 60, 600, 3600][usize::try_from(self.dice.between(0, 3)).unwrap_or(0)];
        Duration::from_secs(self.dice.between(1, most))
    }
}

/// Changes a request on the wire, to plant a bug that no code must hold.
pub type Tamper = fn(&str, Request<Bytes>) -> Request<Bytes>;

/// How a connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Before the request was sent.
    Unsent,
    /// After it was applied.
    Lost,
}

/// Whether the connection of this process fails on this request now.
pub type Cut = fn(&str, &Request<Bytes>, Timestamp) -> Option<Break>;

/// The end of a process. Whoever waits for it learns of it in the order in which
/// they began to wait, so that a seed tells the same story twice.
#[derive(Default)]
pub struct Death {
    dead: AtomicBool,
    came: Notify,
}

impl Death {
    fn comes(&self) {
        self.dead.store(true, Relaxed);
        self.came.notify_waiters();
    }

    /// Returns when the process is dead.
    pub async fn wait(&self) {
        let mut came = std::pin::pin!(self.came.notified());
        came.as_mut().enable();
        if !self.dead.load(Relaxed) {
            came.await;
        }
    }
}

/// The way of one process to the cloud.
pub struct Wire {
    /// The cloud.
    pub host: Arc<Host>,
    /// What goes wrong on the way.
    pub chaos: Arc<Chaos>,
    /// Whose wire it is, for [`Tamper`].
    pub who: String,
    /// Told when the process must die.
    pub death: Option<Arc<Death>>,
    /// A planted bug.
    pub tamper: Option<Tamper>,
}

impl Wire {
    async fn carry(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let chaos = &self.chaos;
        let request = match self.tamper {
            Some(tamper) => tamper(&self.who, request),
            None => request,
        };
        sleep(chaos.moment()).await;
        let cut = chaos
            .cut
            .and_then(|cut| cut(&self.who, &request, chaos.clock.now()));
        if cut == Some(Break::Unsent) || chaos.strikes(chaos.mix.unsent) {
            return Err(SendError::NotSent("no connection".into()));
        }
        if chaos.strikes(chaos.mix.refused) {
            return Ok(refusal(chaos.dice.chance(500)));
        }
        if let Some(death) = &self.death
            && chaos.strikes(chaos.mix.crash)
        {
            if chaos.dice.chance(500) {
                self.host.call(request).await;
            }
            death.comes();
            return pending().await;
        }
        if chaos.strikes(chaos.mix.late) {
            let (host, wait) = (self.host.clone(), chaos.long_while());
            tokio::spawn(async move {
                sleep(wait).await;
                host.call(request).await;
            });
            sleep(Duration::from_secs(20)).await;
            return Err(SendError::NoAnswer("timed out".into()));
        }
        let lost = cut == Some(Break::Lost) || chaos.strikes(chaos.mix.lost);
        let answer = self.host.call(request).await;
        sleep(chaos.moment()).await;
        if lost {
            return Err(SendError::NoAnswer("the connection broke".into()));
        }
        Ok(answer)
    }
}

fn refusal(busy: bool) -> Response<Bytes> {
    let (status, code) = if busy {
        (429, "RESOURCE_EXHAUSTED")
    } else {
        (503, "UNAVAILABLE")
    };
    let body =
        format!(r#"{{"error":{{"code":{status},"message":"try again","status":"{code}"}}}}"#);
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    response
}

impl Transport for Wire {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(self.carry(request))
    }
}
