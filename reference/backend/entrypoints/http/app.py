"""What is served over HTTP?"""

from typing import TYPE_CHECKING

from fastapi import FastAPI

from backend.entrypoints.http.accounts import account_routes
from backend.entrypoints.http.health import health_routes
from backend.entrypoints.http.posts import post_routes
from backend.entrypoints.http.problems import answer_with_problems
from backend.entrypoints.http.users import user_routes

if TYPE_CHECKING:
    from backend.container import Container


def create_app(container: "Container") -> FastAPI:
    """The application over what `container` holds; whoever opened that closes it. The interface is at /docs."""
    app = FastAPI(
        title="Whimbrel's reference backend",
        summary="Users, posts and accounts on PostgreSQL.",
        version="1.0.0",
    )
    for routes in (user_routes, post_routes, account_routes, health_routes):
        app.include_router(routes(container))
    answer_with_problems(app)
    return app
