//! actix-web and nothing else: what tests/bench measures the functions against.

use actix_web::{App, HttpResponse, HttpServer, rt::System, web};
use std::{io, net::Ipv4Addr};

#[expect(clippy::disallowed_methods, reason = "an entry point")]
fn main() -> io::Result<()> {
    let port = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok());
    // A body that is not read costs its connection.
    let app =
        || App::new().default_service(web::to(async |_: web::Bytes| HttpResponse::NoContent()));
    System::new().block_on(async {
        let server = HttpServer::new(app).workers(1);
        server
            .bind((Ipv4Addr::LOCALHOST, port.unwrap_or(8080)))?
            .run()
            .await
    })
}
