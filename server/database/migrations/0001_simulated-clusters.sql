ALTER TABLE `clusters` ADD `scene` text;--> statement-breakpoint
ALTER TABLE `operations` ADD `simulated` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `plans` ADD `simulated` integer DEFAULT false NOT NULL;