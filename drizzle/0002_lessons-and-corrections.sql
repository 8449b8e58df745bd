CREATE TABLE "lesson_keys" (
	"key" integer NOT NULL,
	"seq" integer NOT NULL,
	CONSTRAINT "lesson_keys_key_seq_pk" PRIMARY KEY("key","seq")
);
--> statement-breakpoint
CREATE TABLE "triage_corrections" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"incident_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"priority" text,
	"worth_repair" boolean,
	"automatic_priority" text NOT NULL,
	"automatic_worth_repair" boolean,
	"automatic_score" double precision
);
--> statement-breakpoint
DROP INDEX "lessons_tokens";--> statement-breakpoint
ALTER TABLE "lessons" ADD COLUMN "seq" serial NOT NULL;--> statement-breakpoint
ALTER TABLE "lessons" ADD COLUMN "keys" integer[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "lessons" ADD COLUMN "cause" text;--> statement-breakpoint
ALTER TABLE "lessons" ADD COLUMN "attempts" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "lessons" ADD COLUMN "verdict" jsonb;--> statement-breakpoint
ALTER TABLE "lessons" ADD COLUMN "corrections" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "triage_corrections" ADD CONSTRAINT "triage_corrections_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "triage_corrections_incident" ON "triage_corrections" USING btree ("incident_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "lessons_seq" ON "lessons" USING btree ("seq");--> statement-breakpoint
UPDATE "lessons" SET "outcome" = 'false_alarm' WHERE "outcome" = 'ignored';
