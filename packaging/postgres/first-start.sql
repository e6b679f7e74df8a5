-- Run by the postgres image of compose.yaml when its volume is new: an owner who is no superuser, with the one
-- password there is; the superuser is left with none, so that it logs in from inside that container alone.
\getenv password POSTGRES_PASSWORD
create role dropbox login password :'password';
create database dropbox owner dropbox encoding 'UTF8' template template0;
revoke connect on database dropbox from public;
alter role postgres password null;
