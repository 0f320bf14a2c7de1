ALTER TABLE `plans` ADD `parent` text;--> statement-breakpoint
UPDATE `plans` SET `parent` = coalesce(
  (SELECT `rollout` FROM `rollout_stages` WHERE `rollout_stages`.`plan` = `plans`.`id`),
  (SELECT `operations`.`parent` FROM `operations` WHERE `operations`.`id` = `plans`.`retry_of`)
);