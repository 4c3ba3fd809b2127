"""How does SQLAlchemy's ORM do what `persistence.py` measures? As its documentation for asyncio has it."""

# No `from __future__ import annotations`: the mapping reads annotations when the class is made.
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, select  # type: ignore[import-not-found]
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine  # type: ignore[import-not-found]
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column  # type: ignore[import-not-found]


class Base(DeclarativeBase):  # type: ignore[misc]
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - as its documentation has it


class User(Base):
    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Orm:
    """A pool of `size` connections, and a session for each operation."""

    def __init__(self, url: str, ids: Sequence[UUID], size: int) -> None:
        plain = url.replace("postgres://", "postgresql://", 1).replace("://", "+psycopg://", 1)
        self.engine = create_async_engine(plain, pool_size=size)
        self.session = async_sessionmaker(self.engine, expire_on_commit=False)
        self.ids = ids

    async def close(self) -> None:
        await self.engine.dispose()

    async def find(self, place: int) -> None:
        """Find a user."""
        async with self.session() as session:
            found = await session.get(User, self.ids[place % len(self.ids)])
        assert found is not None

    async def unit(self, place: int) -> None:
        """Read two rows and write them."""
        first, second = sorted((self.ids[place % len(self.ids)], self.ids[(place + 1) % len(self.ids)]))
        async with self.session.begin() as session:
            one, two = await session.get_one(User, first), await session.get_one(User, second)
            one.name, two.role = f"{place}{one.name}"[:9], f"{place}{two.role}"[:9]

    async def list(self, _: int) -> None:
        """Read a page of a hundred."""
        async with self.session() as session:
            found = (await session.scalars(select(User).order_by(User.id).limit(100))).all()
        assert len(found) == 100
